//! In Japanese.

use super::foreign_key;
use crate::gate::{KeyFault, StructureDifference as D, TimeFault};
use crate::{Generated, Side, Sides, TableKind};

/// What a trigger does to what is written.
const TRIGGER: &str = "書き込む行を変える場合は、何も書き込まれません。ほかの場所への書き込みは表示されず、元にも戻りません";

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each difference, and nothing else"
)]
pub(super) fn words(difference: &D, names: &Sides<String>) -> String {
    match difference {
        D::TableMissing { side } => format!(
            "{} にテーブルがないか、読み取り権限がありません。作成するマイグレーションを適用するか、SELECT 権限を与えてください",
            names.of(*side)
        ),
        D::Kind { side, kind } => format!(
            "{} では{}です。同期できるのはテーブルだけです。対象から外してください",
            names.of(*side),
            kind_word(*kind)
        ),
        D::RowSecurity { side } => format!(
            "{} では行レベルセキュリティにより見えない行があるかもしれません。BYPASSRLS を持つロールで読むか、対象から外してください",
            names.of(*side)
        ),
        D::ColumnMissing {
            side,
            column,
            type_name,
        } => format!(
            "列 `{column}` ({type_name}) が {} にありません。追加するマイグレーションを適用するか、LEAVE_OUT に指定してください",
            names.of(*side)
        ),
        D::ColumnType { column, types } => format!(
            "列 `{column}` の型が {} では {}、{} では {} です。マイグレーションを適用するか、LEAVE_OUT に指定してください",
            names.source, types.source, names.target, types.target
        ),
        D::Nullability { column, side } => format!(
            "列 `{column}` が NULL を許すのは {} だけです。マイグレーションを適用するか、LEAVE_OUT に指定してください",
            names.of(*side)
        ),
        D::Generation { column, generated } => format!(
            "列 `{column}` は {} では{}、{} では{}です。マイグレーションを適用するか、LEAVE_OUT に指定してください",
            names.source,
            generated_word(generated.source),
            names.target,
            generated_word(generated.target)
        ),
        D::Hindrance {
            side,
            column,
            reason,
        } => format!(
            "{} の列 `{column}` は比較できません ({reason})。LEAVE_OUT に指定してください",
            names.of(*side)
        ),
        D::Collation {
            column,
            collations,
            in_key,
        } => {
            let collation = |name: &Option<String>| name.clone().unwrap_or("既定".to_owned());
            let repair = if *in_key {
                "片方で同じキーが、もう片方では別のキーになり得ます。照合順序を揃えてください"
            } else {
                "値はバイト単位で比較されます"
            };
            format!(
                "列 `{column}` の照合順序が {} では {}、{} では {} です。{repair}",
                names.source,
                collation(&collations.source),
                names.target,
                collation(&collations.target)
            )
        }
        D::PrimaryKey { columns } => format!(
            "主キーが {} では ({})、{} では ({}) です。マイグレーションを適用するか、共通のキーを KEYS に指定してください",
            names.source,
            columns.source.join(", "),
            names.target,
            columns.target.join(", ")
        ),
        D::NoKey => {
            "主キーがありません。主キーを追加するか、一意で NOT NULL の列を KEYS に指定してください"
                .to_owned()
        }
        D::KeyColumn { column, fault } => format!(
            "列 `{column}` はキーに使えません ({})。KEYS に別の列を指定してください",
            match fault {
                KeyFault::Missing => "片方にありません".to_owned(),
                KeyFault::LeftOut => "LEAVE_OUT に指定されています".to_owned(),
                KeyFault::Computed => "計算列です".to_owned(),
                KeyFault::Nullable => "NULL を許します".to_owned(),
                KeyFault::Type(kind) => format!("{kind} の値には共通の順序がありません"),
            }
        ),
        D::KeyNotUnique { side, columns } => format!(
            "キー ({}) の一意性を保証する制約が {} にありません。追加するか、KEYS に別の列を指定してください",
            columns.join(", "),
            names.of(*side)
        ),
        D::TimeColumn { column, fault } => format!(
            "列 `{column}` は更新日時に使えません ({})。TIMES に別の列を指定してください",
            match fault {
                TimeFault::Missing => "片方にありません".to_owned(),
                TimeFault::LeftOut => "LEAVE_OUT に指定されています".to_owned(),
                TimeFault::Type(kind) => format!("{kind} は日時の型ではありません"),
            }
        ),
        D::Unique { side, unique } => format!(
            "一意制約 `{}` ({}) が {} にだけあります。マイグレーションを適用してください",
            unique.name,
            unique.columns.join(", "),
            names.of(*side)
        ),
        D::References { side, key } => format!(
            "外部キー `{}` {} が {} にだけあります。マイグレーションを適用してください",
            key.name,
            foreign_key(key),
            names.of(*side)
        ),
        D::ReferencedBy { side, key } => format!(
            "{} でだけ、{} の行が外部キー `{}` {} でこのテーブルを参照しています",
            names.of(*side),
            key.table,
            key.name,
            foreign_key(key)
        ),
        D::Trigger {
            side: Side::Source,
            trigger,
        } => format!(
            "トリガー `{}` ({}) が {} にだけあります。{} では実行されません",
            trigger.name, trigger.on, names.source, names.target
        ),
        D::Trigger {
            side: Side::Target,
            trigger,
        } => format!(
            "トリガー `{}` ({}) が {} にだけあります。{TRIGGER}",
            trigger.name, trigger.on, names.target
        ),
        D::TriggerOfBoth { trigger } => format!(
            "トリガー `{}` ({}) が両方にあります。{TRIGGER}",
            trigger.name, trigger.on
        ),
        D::UpdateFollowed { key } => format!(
            "({}) が変わると、外部キー `{}` {} により {} の行も変わります。そのような更新は拒否されます",
            key.referenced_columns.join(", "),
            key.name,
            foreign_key(key),
            key.table
        ),
        D::KeysHidden {
            side: Side::Source,
            grant,
        } => format!(
            "{} の外部キーは読み取り用のロールから見えないため、比較されません。{grant} を実行してください",
            names.source
        ),
        D::KeysHidden {
            side: Side::Target,
            grant,
        } => format!(
            "{} の外部キーは読み取り用のロールから見えません。連鎖して消える行が分からないため、削除できません。{grant} を実行してください",
            names.target
        ),
        D::RowsHidden { side, key, grant } => format!(
            "削除すると外部キー `{}` により連鎖する {} の行が、{} では読み取り用のロールから見えません。{grant} を実行してください",
            key.name,
            key.table,
            names.of(*side)
        ),
        D::NoTime { candidates } if candidates.is_empty() => {
            "更新日時の列がないため、どちらが新しいか分かりません。TIMES に指定してください"
                .to_owned()
        }
        D::NoTime { candidates } => format!(
            "更新日時の候補が複数あり ({})、どちらが新しいか分かりません。TIMES に一つ指定してください",
            candidates.join(", ")
        ),
        D::ComparedByContent => "比較できる更新日時がないため、すべての列を比較します".to_owned(),
        D::LeftOut {
            column,
            known: true,
        } => format!("列 `{column}` は LEAVE_OUT の指定により対象外です"),
        D::LeftOut {
            column,
            known: false,
        } => {
            format!(
                "LEAVE_OUT に指定された列 `{column}` はどちらにもありません。指定を外してください"
            )
        }
    }
}

fn kind_word(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Table => "テーブル",
        TableKind::Partitioned => "パーティションテーブル",
        TableKind::Inherited => "継承関係のあるテーブル",
        TableKind::View => "ビュー",
        TableKind::Foreign => "外部テーブル",
        TableKind::NotTransactional => "トランザクションのないエンジンのテーブル",
    }
}

fn generated_word(generated: Generated) -> &'static str {
    match generated {
        Generated::No => "通常の列",
        Generated::Computed => "計算列",
        Generated::IdentityAlways => " GENERATED ALWAYS AS IDENTITY ",
        Generated::Sequence => "自動採番の列",
    }
}

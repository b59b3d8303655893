//! Records of every field type, with values that a seed decides.

use serde_json::{Map, Value, json};

/// Values that look random, and are the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Some of `of`, in their order.
    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let chosen = of.iter().filter(|_| self.below(2) == 0);
        chosen.cloned().collect()
    }

    /// A text of up to five of `pieces`.
    fn text(&mut self, pieces: &[&str]) -> String {
        let count = self.below(6);
        (0..count).map(|_| *self.one(pieces)).collect()
    }

    fn number(&mut self) -> String {
        let whole = self.below(2_000_000_000);
        match self.below(5) {
            0 => String::new(),
            1 => "0".to_owned(),
            2 => format!("-{}.5", self.below(100)),
            3 => format!("0.000{}", 1 + self.below(9)),
            _ => whole.to_string(),
        }
    }

    fn date(&mut self) -> String {
        let (month, day) = (1 + self.below(12), 1 + self.below(28));
        format!("20{:02}-{month:02}-{day:02}", self.below(100))
    }

    fn time(&mut self) -> String {
        format!("{:02}:{:02}", self.below(24), self.below(60))
    }

    fn moment(&mut self) -> String {
        format!("{}T{}:00Z", self.date(), self.time())
    }

    /// `value`, or nothing.
    fn maybe(&mut self, value: Value, nothing: Value) -> Value {
        if self.below(4) == 0 { nothing } else { value }
    }

    fn files(&mut self) -> Value {
        let count = self.below(3);
        let files = (0..count).map(|_| {
            let name = *self.one(&["a.txt", "日本語 (1).txt", "b'c.bin", "é.txt"]);
            let content = self.text(LINES);
            json!({ "name": name, "contentType": "text/plain", "content": content })
        });
        files.collect()
    }
}

/// Pieces of texts of one line: what CSV, JSON and programs that read them stumble over.
const PIECES: &[&str] = &[
    "a", "0", " ", "\"", "\"\"", ",", "*", "'", "\\", "\\n", "\t", "=1+1", "<b>", "&amp;", "null",
    "佐藤", "ｱ", "～", "①", "髙",
];

/// What `Shift_JIS` lacks.
const BEYOND_SHIFT_JIS: &[&str] = &["é", "😀", "e\u{301}", "\u{2028}", "\u{feff}", "𠮷"];

/// Ends of lines, too.
const LINES: &[&str] = &["a", "\n", "\r\n", "\r", "\n\n", "\"", ",", "佐藤", "*", " "];

const RICH: &[&str] = &["<div>x<br />y</div>", "<b>佐藤</b>", "z"];

fn person(code: &str, name: &str) -> Value {
    json!({ "code": code, "name": name })
}

/// Random records of the form of [`App::all_types`](simulators::kintone::App::all_types).
pub(crate) struct Records {
    random: Random,
    pieces: Vec<&'static str>,
}

impl Records {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random(seed),
            pieces: [PIECES, BEYOND_SHIFT_JIS].concat(),
        }
    }

    /// Those that `Shift_JIS` can hold.
    pub(crate) fn in_shift_jis(seed: u64) -> Self {
        Self {
            random: Random(seed),
            pieces: PIECES.to_vec(),
        }
    }

    pub(crate) fn record(&mut self) -> Value {
        let people = [
            person("sato", "佐藤"),
            person("kato", "加藤"),
            person("hi@ka.co", "ひか"),
            person("guest/kato@example.com", "加藤（ゲスト）"),
        ];
        let (dev, g1) = ([person("dev", "開発")], [person("g1", "グループ1")]);
        let random = &mut self.random;
        let key = *random.one(&["", "K1", "K2"]);
        let (date, time) = (json!(random.date()), json!(random.time()));
        let moment = json!(random.moment());
        let pairs = [
            ("text", json!(random.text(&self.pieces))),
            ("num", json!(random.number())),
            ("multi", json!(random.text(LINES))),
            ("rich", json!(random.text(RICH))),
            ("radio", json!(random.one(&["r1", "r2"]))),
            ("check", json!(random.some(&["あ", "い", "う"]))),
            ("msel", json!(random.some(&["m1", "m2", "m3"]))),
            ("drop", random.maybe(json!("d2"), Value::Null)),
            ("date", random.maybe(date, Value::Null)),
            ("time", random.maybe(time, Value::Null)),
            ("datetime", random.maybe(moment, json!(""))),
            ("link", json!(random.text(&self.pieces))),
            ("file", random.files()),
            ("user", json!(random.some(&people))),
            ("org", json!(random.some(&dev))),
            ("grp", json!(random.some(&g1))),
            ("lookup", json!(key)),
            ("copied", json!(key.replace('K', "V"))),
            ("in_group", json!(random.text(&self.pieces))),
            ("作成者", random.one(&people).clone()),
            ("作成日時", json!("2024-01-02T03:04:00Z")),
            ("更新者", random.one(&people).clone()),
            ("更新日時", json!("2024-02-03T04:05:00Z")),
        ];
        let mut record = valued(pairs);
        let (rows, single) = (self.random.below(4), self.random.below(3));
        let rows: Vec<Value> = (0..rows).map(|_| self.row(&people)).collect();
        let single: Vec<Value> = (0..single).map(|_| self.single()).collect();
        record["tbl"] = json!({ "value": rows });
        record["tbl2"] = json!({ "value": single });
        record
    }

    fn single(&mut self) -> Value {
        let text = self.random.text(&self.pieces);
        json!({ "value": valued([("u_text", json!(text))]) })
    }

    fn row(&mut self, people: &[Value]) -> Value {
        let random = &mut self.random;
        let date = json!(random.date());
        let cells = [
            ("t_text", json!(random.text(&self.pieces))),
            ("t_num", json!(random.number())),
            ("t_check", json!(random.some(&["x", "y"]))),
            ("t_file", random.files()),
            ("t_user", json!(random.some(people))),
            ("t_date", random.maybe(date, Value::Null)),
        ];
        json!({ "value": valued(cells) })
    }
}

fn valued<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    let pairs = pairs.into_iter();
    let fields: Map<String, Value> = pairs
        .map(|(code, value)| (code.to_owned(), json!({ "value": value })))
        .collect();
    Value::Object(fields)
}

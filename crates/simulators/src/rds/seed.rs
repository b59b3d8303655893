//! The databases of the article.

use serde_json::json;

use super::source::{Engine, Source};
use super::table::Table;

impl Source {
    /// The cluster `app-db` of Aurora `MySQL`, with three tables in the database `app`.
    pub fn article() -> Self {
        let users = Table::mysql("app", "users")
            .column("id", "bigint")
            .column("name", "varchar")
            .column("created_at", "datetime")
            .rows(vec![
                vec![json!(1), json!("山田 太郎"), json!("2022-05-27 06:40:26")],
                vec![json!(2), json!("佐藤 花子"), json!("2022-05-27 06:41:26")],
                vec![json!(3), json!(null), json!("2022-05-28 00:00:00")],
            ]);
        let orders = Table::mysql("app", "orders")
            .column("id", "bigint")
            .column("user_id", "bigint")
            .column("amount", "int")
            .column("paid", "boolean")
            .generated(1_200)
            .parts(3);
        let audits = Table::mysql("app", "audits")
            .column("id", "bigint")
            .column("what", "text");
        Self::cluster("app-db", Engine::AuroraMysql)
            .table(users)
            .table(orders)
            .table(audits)
    }
}

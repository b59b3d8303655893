//! kintone's own client library finds the simulator to be a kintone.

use serde_json::{Value, json};
use simulators::Kintone;
use simulators::kintone::{App, Field, FieldType, Options};

use crate::node::Desk;

fn keyed() -> App {
    App::new("keyed")
        .field(Field::new("key", FieldType::SingleLineText).unique())
        .field(Field::new("file", FieldType::File))
        .record(json!({ "key": { "value": "k1" } }))
}

async fn run(kintone: &Kintone, script: &str) -> Value {
    let printed = Desk::at(kintone).script(&kintone.token(1), script).await;
    serde_json::from_str(&printed).unwrap()
}

#[tokio::test]
async fn reads_all_records_with_a_cursor_by_offset_and_by_id() {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(App::generated(1_200));
    let counts = run(
        &kintone,
        "const cursor = await client.record.getAllRecordsWithCursor({ app, query: 'order by company asc' });
         const offset = await client.record.getAllRecordsWithOffset({ app });
         const id = await client.record.getAllRecordsWithId({ app, condition: '$id <= 700' });
         print([cursor.length, offset.length, id.length]);",
    )
    .await;
    assert_eq!(counts, json!([1_200, 1_200, 700]));
}

#[tokio::test]
async fn adds_updates_and_deletes_by_the_thousand() {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(App::generated(0));
    let deleted = run(
        &kintone,
        "const records = Array.from({ length: 2500 }, (_, i) => ({ company: { value: 'c' + i } }));
         const added = await client.record.addAllRecords({ app, records });
         const changes = added.records.map(({ id }) => ({ id, record: { division: { value: 'd' } } }));
         const updated = await client.record.updateAllRecords({ app, records: changes });
         const some = updated.records.slice(0, 2300).map(({ id, revision }) => ({ id, revision }));
         await client.record.deleteAllRecords({ app, records: some });
         await client.record.deleteRecords({ app, ids: [2500, 2499], revisions: [2, null] });
         print(updated.records[2499]);",
    )
    .await;
    assert_eq!(deleted, json!({ "id": "2500", "revision": "2" }));
    assert_eq!(kintone.count(1), 198);
}

#[tokio::test]
async fn a_refused_bulk_request_names_the_one_at_fault_and_does_nothing() {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(keyed());
    let error = run(
        &kintone,
        "const post = (key) => ({ method: 'POST', api: '/k/v1/record.json', payload: { app, record: { key: { value: key } } } });
         try { await client.bulkRequest({ requests: [post('k2'), post('k1'), post('k3')] }); }
         catch (error) { print([error.bulkRequestIndex, error.code, error.status, Object.keys(error.errors)]); }",
    )
    .await;
    assert_eq!(error, json!([1, "CB_VA01", 400, ["record.key.value"]]));
    assert_eq!(kintone.count(1), 1);
}

#[tokio::test]
async fn upserts_give_new_ids() {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(keyed());
    let answer = run(
        &kintone,
        "print(await client.record.updateRecords({ app, upsert: true, records: [
             { updateKey: { field: 'key', value: 'k1' }, record: {} },
             { updateKey: { field: 'key', value: 'k2' }, record: {} },
             { id: '9007199254740991', record: { key: { value: 'k3' } } } ] }));",
    )
    .await;
    let expected = json!({ "records": [
        { "id": "1", "revision": "2", "operation": "UPDATE" },
        { "id": "2", "revision": "1", "operation": "INSERT" },
        { "id": "3", "revision": "1", "operation": "INSERT" },
    ] });
    assert_eq!(answer, expected);
    assert_eq!(kintone.record(1, 2).unwrap()["key"]["value"], json!("k2"));
}

#[tokio::test]
async fn files_go_up_and_come_down_by_different_keys() {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(keyed());
    let answer = run(
        &kintone,
        "const file = { name: '表 \"1\".txt', data: Buffer.from([0, 13, 10, 45, 45, 255]) };
         const { fileKey } = await client.file.uploadFile({ file });
         await client.record.updateRecord({ app, id: 1, record: { file: { value: [{ fileKey }] } } });
         const { record } = await client.record.getRecord({ app, id: 1 });
         const kept = record.file.value[0];
         const data = await client.file.downloadFile({ fileKey: kept.fileKey });
         const again = await client.file.downloadFile({ fileKey }).catch((error) => error.status);
         print([kept.name, kept.size, kept.fileKey === fileKey, [...new Uint8Array(data)], again]);",
    )
    .await;
    assert_eq!(
        answer,
        json!(["表 \"1\".txt", "6", false, [0, 13, 10, 45, 45, 255], 404])
    );
}

#[tokio::test]
async fn forms_apps_and_statuses_are_what_the_client_expects() {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(App::article().process_management().code("BOOK"));
    let answer = run(
        &kintone,
        "const fields = await client.app.getFormFields({ app });
         const layout = await client.app.getFormLayout({ app });
         const { code } = await client.app.getApp({ id: app });
         const moved = await client.record.updateRecordStatus({ app, id: 1, action: '処理開始' });
         const { record } = await client.record.getRecord({ app, id: 1 });
         print([fields.properties.company.type, layout.layout.length, code, moved.revision, record['ステータス'].value]);",
    )
    .await;
    assert_eq!(
        answer,
        json!(["SINGLE_LINE_TEXT", 13, "BOOK", "3", "処理中"])
    );
}

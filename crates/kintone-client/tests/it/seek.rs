//! Reading by id, one page after the other.

use kintone_client::{Bounds, PageRequest, ReadRequest};
use simulators::When;

use crate::world::{World, ids, read_all};

#[tokio::test]
async fn reads_every_record_once_and_in_order() {
    let world = World::generated(1_234);
    let pages = read_all(&world.client(), &world.read()).await.unwrap();
    assert_eq!(
        pages
            .iter()
            .map(kintone_client::Page::len)
            .collect::<Vec<_>>(),
        [500, 500, 234]
    );
    assert_eq!(ids(&pages), world.ids());
}

#[tokio::test]
async fn all_requests_share_one_connection() {
    let world = World::generated(1_100);
    read_all(&world.client(), &world.read()).await.unwrap();
    let requests = world.kintone.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|seen| seen.connection == 1));
}

#[tokio::test]
async fn a_full_last_page_is_followed_by_an_empty_one_that_is_not_shown() {
    let world = World::generated(500);
    let pages = read_all(&world.client(), &world.read()).await.unwrap();
    assert_eq!((pages.len(), world.record_requests()), (1, 2));
}

#[tokio::test]
async fn an_app_without_records_has_no_pages() {
    let world = World::generated(0);
    assert!(
        read_all(&world.client(), &world.read())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn records_that_come_meanwhile_are_read_unless_there_is_an_upper_bound() {
    for (up_to, expected) in [(None, 502), (Some(501), 501)] {
        let world = World::generated(501);
        let app = world.app;
        world
            .kintone
            .before(When::path("records.json").nth(2), move |kintone| {
                kintone.insert(app, &[serde_json::json!({})]);
            });
        let request = ReadRequest {
            up_to,
            ..world.read()
        };
        let pages = read_all(&world.client(), &request).await.unwrap();
        assert_eq!(ids(&pages).last(), Some(&expected));
    }
}

#[tokio::test]
async fn a_read_goes_on_after_a_given_id() {
    let world = World::generated(20);
    let request = ReadRequest {
        after: 12,
        up_to: Some(15),
        ..world.read()
    };
    let pages = read_all(&world.client(), &request).await.unwrap();
    assert_eq!(ids(&pages), [13, 14, 15]);
}

#[tokio::test]
async fn nothing_is_asked_for_beyond_the_upper_bound() {
    let world = World::generated(2_000);
    let request = ReadRequest {
        up_to: Some(1_000),
        ..world.read()
    };
    let pages = read_all(&world.client(), &request).await.unwrap();
    assert_eq!(ids(&pages), (1..=1_000).collect::<Vec<_>>());
    assert_eq!(world.record_requests(), 2);
}

#[tokio::test]
async fn a_condition_with_or_does_not_leak_out_of_its_range() {
    let world = World::generated(20);
    let condition = Some("$id = 3 or $id = 17".to_owned());
    let request = ReadRequest {
        condition,
        after: 5,
        ..world.read()
    };
    assert_eq!(
        ids(&read_all(&world.client(), &request).await.unwrap()),
        [17]
    );
}

#[tokio::test]
async fn only_the_wanted_fields_are_transferred_and_the_numbers_always() {
    let world = World::generated(3);
    let request = PageRequest {
        app: world.app,
        fields: vec!["company".to_owned()],
        ..PageRequest::default()
    };
    let page = world.client().page(&request).await.unwrap();
    let record = &page.records().unwrap()[0];
    assert_eq!((record.id, record.revision), (1, 1));
    assert_eq!(
        record.iter().map(|(code, _)| code).collect::<Vec<_>>(),
        ["company"]
    );
}

#[tokio::test]
async fn a_long_query_goes_as_a_post_that_overrides_the_method() {
    let world = World::generated(20);
    let numbers: Vec<_> = (10..1_500).map(|id| id.to_string()).collect();
    let condition = Some(format!("$id in ({})", numbers.join(", ")));
    let request = ReadRequest {
        condition,
        ..world.read()
    };
    let pages = read_all(&world.client(), &request).await.unwrap();
    assert_eq!(ids(&pages), (10..=20).collect::<Vec<_>>());
    let requests = world.kintone.requests();
    assert_eq!(requests[0].method, "POST");
    assert!(requests[0].parameters.is_empty() && requests[0].body_bytes > 4_000);
}

#[tokio::test]
async fn bounds_are_the_highest_id_and_the_count() {
    let world = World::generated(20);
    world.kintone.delete(world.app, &[2, 3, 19, 20]);
    let client = world.client();
    let all = client.bounds(world.app, None).await.unwrap();
    assert_eq!(
        all,
        Bounds {
            highest_id: 18,
            count: 16
        }
    );
    let some = client
        .bounds(world.app, Some("$id < 5 or $id = 7"))
        .await
        .unwrap();
    assert_eq!(
        some,
        Bounds {
            highest_id: 7,
            count: 3
        }
    );
    let none = client.bounds(world.app, Some("$id > 100")).await.unwrap();
    assert_eq!(
        none,
        Bounds {
            highest_id: 0,
            count: 0
        }
    );
    assert_eq!(client.requests(), 3);
}

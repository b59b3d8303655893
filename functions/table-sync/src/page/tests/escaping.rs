//! Whatever stands in the databases is text.

use super::double::Double;
use super::sample::ID;
use super::visitor::Served;
use crate::plans::PlanState;

const EVIL: &str = "\"><script>alert('x')</script><img src=x onerror=alert(1)>&amp;{{7*7}}";

#[tokio::test]
async fn no_name_and_no_value_becomes_html() {
    let served = Served::over(Double::with_word(EVIL), &[]).await;
    served.double.change(|plan| {
        plan.tables[1].name = EVIL.to_owned();
        plan.tables[2].name = EVIL.to_owned();
        plan.names.source = EVIL.to_owned();
    });
    let hana = served.person("<b>hana</b>@example.jp");
    let plan = format!("/plans/{ID}");
    let page = hana.get(&plan).await;
    hana.fill(&page, &format!("{plan}/ticks"), &[("class", "3:delete")])
        .await;
    let query = url::form_urlencoded::byte_serialize(EVIL.as_bytes()).collect::<String>();
    for path in [
        "/".to_owned(),
        plan.clone(),
        format!("{plan}/tables/1"),
        format!("{plan}/tables/2?class=update_new"),
        format!("{plan}/tables/2?q={query}"),
        format!("{plan}/tables/2?class={query}"),
        format!("{plan}/approve"),
        format!("{plan}/result"),
        format!("/{query}"),
        format!("/?lang={query}"),
    ] {
        let got = hana.get(&path).await;
        assert!(
            !got.has("<script>alert") && !got.has("<img src=x"),
            "{path}"
        );
        assert!(!got.has("<b>hana"), "{path}");
    }
    served.double.decide(PlanState::Failed);
    served.double.change(|plan| {
        plan.ending.as_mut().unwrap().error = Some(EVIL.to_owned());
    });
    let got = hana.get(&format!("{plan}/result")).await;
    assert!(got.has("&#60;script&#62;alert") && !got.has("<script>alert"));
}

#[tokio::test]
async fn no_secret_is_on_any_page() {
    let served = Served::over(
        Double::default(),
        &[("PAGE_SECRET", "the page's own secret")],
    )
    .await;
    let plan = format!("/plans/{ID}");
    for path in [
        "/".to_owned(),
        plan.clone(),
        format!("{plan}/tables/2"),
        format!("{plan}/approve"),
    ] {
        let got = served.hana().get(&path).await;
        assert!(
            !got.has("own secret") && !got.has(super::visitor::SECRET),
            "{path}"
        );
    }
}

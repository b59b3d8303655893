//! Ticking, in one window and in two.

use super::double::lock;
use super::sample::ID;
use super::visitor::Served;
use crate::plans::PlanState;

fn paths() -> (String, String, String) {
    let plan = format!("/plans/{ID}");
    (
        plan.clone(),
        format!("{plan}/ticks"),
        format!("{plan}/tables/2"),
    )
}

#[tokio::test]
async fn a_class_and_a_row_are_ticked_by_plain_forms() {
    let served = Served::start().await;
    let hana = served.hana();
    let (plan, ticks, rows) = paths();
    let page = hana.get(&plan).await;
    let saved = hana.fill(&page, &ticks, &[("class", "2:delete")]).await;
    assert_eq!(saved.place(), format!("{plan}?saved=yes"));
    let page = hana.get(&format!("{plan}?saved=yes")).await;
    assert!(page.has("Your ticks are saved.") && page.has("value=\"2:delete\" checked"));

    let page = hana
        .get(&format!("{rows}?class=update_new&q=&page=1"))
        .await;
    let mut fields = page.fields(&rows);
    fields.retain(|(name, value)| !(name == "row" && value == "252"));
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let saved = hana.post(&rows, &fields).await;
    assert_eq!(
        saved.place(),
        format!("{rows}?class=update_new&q=&page=1&saved=yes")
    );
    let page = hana.get(&plan).await;
    assert!(page.has("2 of 3 ticked") && page.has("data-partly"));
    let approve = hana.fill(&page, &ticks, &[("then", "approve")]).await;
    assert_eq!(approve.place(), format!("{plan}/approve"));

    let none = hana.fill(&page, &ticks, &[("none", "2:update_new")]).await;
    assert_eq!(none.status, 303);
    assert!(hana.get(&plan).await.has("0 of 3 ticked"));
}

#[tokio::test]
async fn two_windows_lose_nothing_of_each_other() {
    let served = Served::start().await;
    let hana = served.hana();
    let (plan, ticks, rows) = paths();
    let [one, other] = [
        hana.get(&format!("{rows}?class=delete")).await,
        hana.get(&format!("{rows}?class=delete")).await,
    ];
    let classes = hana.get(&plan).await;
    assert_eq!(hana.fill(&one, &rows, &[("row", "254")]).await.status, 303);
    assert_eq!(
        hana.fill(&other, &rows, &[("row", "255")]).await.status,
        303
    );
    let page = hana.get(&plan).await;
    assert!(page.has("2 of 2 ticked"), "{}", served.double.kept());
    // A whole class would overrule what the other window ticked meanwhile, so that the person must look first.
    let got = hana.fill(&classes, &ticks, &[("none", "2:delete")]).await;
    assert_eq!(got.status, 409);
    assert!(got.has("The ticks have changed since you saw them"));
    assert!(hana.get(&plan).await.has("2 of 2 ticked"));
    // Another table is another matter.
    assert_eq!(
        hana.fill(&classes, &ticks, &[("class", "3:delete")])
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn a_tick_that_another_process_came_before_is_made_again() {
    let served = Served::start().await;
    let (_, _, rows) = paths();
    let hana = served.hana();
    let page = hana.get(&format!("{rows}?class=delete")).await;
    *lock(&served.double.meddling) = 3;
    assert_eq!(hana.fill(&page, &rows, &[("row", "254")]).await.status, 303);
    assert!(served.double.kept().contains("254"));
    *lock(&served.double.meddling) = 100;
    let got = hana.fill(&page, &rows, &[("row", "255")]).await;
    assert_eq!(got.status, 409, "it is told, not lost in silence");
}

#[tokio::test]
async fn what_may_not_be_written_can_not_be_ticked_by_any_form() {
    let served = Served::start().await;
    let hana = served.hana();
    let (plan, ticks, rows) = paths();
    let page = hana.get(&plan).await;
    for forged in ["2:update_old", "1:insert", "9:insert", "2:nonsense", "2"] {
        hana.fill(&page, &ticks, &[("class", forged)]).await;
    }
    let page = hana.get(&rows).await;
    hana.fill(
        &page,
        &rows,
        &[
            ("shown", "256"),
            ("row", "256"),
            ("shown", "9999"),
            ("row", "9999"),
        ],
    )
    .await;
    let kept = served.double.kept();
    assert!(
        !kept.contains("update_old") && !kept.contains("256") && !kept.contains("9999"),
        "{kept}"
    );
}

#[tokio::test]
async fn nothing_can_be_ticked_once_the_plan_is_approved() {
    let served = Served::start().await;
    let hana = served.hana();
    let (plan, ticks, _) = paths();
    let page = hana.get(&plan).await;
    served.double.decide(PlanState::Applied);
    let got = hana.fill(&page, &ticks, &[("class", "2:delete")]).await;
    assert_eq!(got.status, 409);
    assert!(got.has("Approved already by hana@example.jp at 2026-11-22 12:15 JST"));
    assert!(!hana.get(&plan).await.has("Save ticks"));
}

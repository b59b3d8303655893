//! Approving, watching, undoing.

use super::double::{Double, lock};
use super::looking::held;
use super::sample::{CODE, ID, ITEM};
use super::visitor::{HANA, Served, Visitor};
use crate::page::desk::DeskError;
use crate::plans::PlanState;

fn path(page: &str) -> String {
    format!("/plans/{ID}/{page}")
}

/// Ticks the deletions of the table whose name must be typed.
async fn tick_code(hana: &Visitor) {
    let plan = format!("/plans/{ID}");
    let page = hana.get(&plan).await;
    hana.fill(&page, &path("ticks"), &[("class", "3:delete")])
        .await;
}

#[tokio::test]
async fn what_is_approved_is_what_was_ticked_by_whom_it_was_seen() {
    let served = Served::start().await;
    let hana = served.hana();
    let page = hana.get(&path("approve")).await;
    assert!(page.has("<td class=\"num\">250</td><td class=\"num\">3</td><td class=\"num\">0</td>"));
    let got = hana.fill(&page, &path("approve"), &[]).await;
    assert_eq!(got.place(), path("progress"));
    served.page.idle().await;
    assert_eq!(hana.get(&path("progress")).await.place(), path("result"));
    let approved = lock(&served.double.approved).clone().unwrap();
    assert_eq!(
        (approved.digest.as_str(), approved.by.as_str()),
        ("sha256:abc", HANA)
    );
    assert!(
        approved
            .ticks
            .of(ITEM, table_diff::Class::Insert)
            .unwrap()
            .whole
    );
    assert!(approved.ticks.of(ITEM, table_diff::Class::Delete).is_none());
    assert_eq!(approved.confirmed, Vec::<String>::new());
}

#[tokio::test]
async fn writing_goes_on_without_the_browser_and_nobody_approves_twice() {
    let served = Served::over(held(), &[]).await;
    let hana = served.hana();
    let page = hana.get(&path("approve")).await;
    let ken = served.person("ken@example.jp");
    let ken_page = ken.get(&path("approve")).await;
    hana.fill(&page, &path("approve"), &[]).await;
    let got = hana.get(&path("progress")).await;
    assert!(got.has("Writing rows") && got.has("http-equiv=\"refresh\""));
    assert_eq!(hana.get(&path("result")).await.place(), path("progress"));
    let got = ken.fill(&ken_page, &path("approve"), &[]).await;
    assert_eq!(got.status, 409);
    assert!(got.has("Approved already by hana@example.jp at 2026-11-22 13:00 JST"));
    served.double.gate.add_permits(1);
    served.page.idle().await;
    let got = ken.fill(&ken_page, &path("approve"), &[]).await;
    assert!(got.status == 409 && got.has("Approved already by hana@example.jp"));
}

#[tokio::test]
async fn another_instance_that_was_quicker_is_named() {
    let served = Served::start().await;
    *lock(&served.double.end) = Err(DeskError::Approved(super::double::hana()));
    let ken = served.person("ken@example.jp");
    let page = ken.get(&path("approve")).await;
    ken.fill(&page, &path("approve"), &[]).await;
    served.page.idle().await;
    let got = ken.get(&path("result")).await;
    assert_eq!(got.status, 409);
    assert!(got.has("Approved already by hana@example.jp at 2026-11-22 12:15 JST"));
}

#[tokio::test]
async fn an_approval_is_of_the_plan_and_the_ticks_that_were_seen() {
    let served = Served::start().await;
    let hana = served.hana();
    let page = hana.get(&path("approve")).await;
    tick_code(&hana).await;
    let got = hana.fill(&page, &path("approve"), &[]).await;
    assert!(got.status == 409 && got.has("The ticks have changed since you saw them"));
    let served = Served::start().await;
    let hana = served.hana();
    let page = hana.get(&path("approve")).await;
    served
        .double
        .change(|plan| plan.digest = "sha256:def".to_owned());
    let got = hana.fill(&page, &path("approve"), &[]).await;
    assert!(got.status == 409 && got.has("This is not the plan that you saw"));
    assert!(lock(&served.double.approved).is_none());
}

#[tokio::test]
async fn many_deletions_want_the_name_of_their_table() {
    let served = Served::start().await;
    let hana = served.hana();
    tick_code(&hana).await;
    let page = hana.get(&path("approve")).await;
    assert!(page.has("40 of 1,003 rows of this table will be deleted."));
    assert!(page.has("the table is empty in value<br>"));
    assert!(page.has("7 rows of value are deleted, too"));
    for typed in ["", "public.cod", "PUBLIC.CODE"] {
        let got = hana
            .fill(&page, &path("approve"), &[("confirm:3", typed)])
            .await;
        assert_eq!(got.status, 422, "{typed}");
        assert!(got.has(&format!("Many rows would be deleted from {CODE}")));
    }
    let got = hana
        .fill(&page, &path("approve"), &[("confirm:3", CODE)])
        .await;
    assert_eq!(got.status, 303);
    served.page.idle().await;
    assert_eq!(
        lock(&served.double.approved).clone().unwrap().confirmed,
        [CODE]
    );
}

#[tokio::test]
async fn nothing_ticked_is_nothing_to_approve() {
    let served = Served::start().await;
    let hana = served.hana();
    let plan = format!("/plans/{ID}");
    let page = hana.get(&plan).await;
    let none = [("none", "2:insert"), ("none", "2:update_new")];
    hana.fill(&page, &path("ticks"), &none).await;
    let page = hana.get(&path("approve")).await;
    assert!(page.has("Nothing is ticked yet.") && !page.has("<form class=\"approve\""));
}

#[tokio::test]
async fn a_write_that_was_cut_off_goes_on_by_the_same_person_only() {
    let served = Served::start().await;
    served.double.decide(PlanState::Approved);
    let ken = served.person("ken@example.jp");
    assert_eq!(ken.get(&path("approve")).await.status, 409);
    assert!(!ken.get(&path("result")).await.has(">Go on<"));
    let hana = served.hana();
    assert!(hana.get(&path("result")).await.has(">Go on<"));
    let page = hana.get(&path("approve")).await;
    assert!(page.has("Applying was interrupted"));
    assert_eq!(
        hana.fill(&page, &path("approve"), &[]).await.place(),
        path("progress")
    );
}

#[tokio::test]
async fn without_a_role_that_writes_the_page_says_so() {
    let served = Served::start().await;
    served.double.change(|plan| plan.entry.reverse = true);
    let hana = served.hana();
    let plan = hana.get(&format!("/plans/{ID}")).await;
    assert!(plan.has("This is a reverse plan"));
    assert!(
        !plan.has("value=\"2:insert\""),
        "a reverse plan brings newer rows back, nothing else"
    );
    let page = hana.get(&path("approve")).await;
    assert!(page.has("APPLY_URL") && !page.has("<form class=\"approve\""));
}

#[tokio::test]
async fn a_plan_that_is_too_old_can_only_be_looked_at() {
    let served = Served::start().await;
    served.double.change(|plan| plan.is_too_old = true);
    let page = served.hana().get(&path("approve")).await;
    assert!(page.has("This plan is too old to be applied."));
    assert!(!page.has("<form class=\"approve\""));
}

#[tokio::test]
async fn stale_data_offers_a_new_comparison() {
    let served = Served::start().await;
    *lock(&served.double.end) = Err(DeskError::Stale("2 rows are not as seen".to_owned()));
    let hana = served.hana();
    let page = hana.get(&path("approve")).await;
    hana.fill(&page, &path("approve"), &[]).await;
    served.page.idle().await;
    served.double.decide(PlanState::Stale);
    let got = hana.get(&path("result")).await;
    assert!(got.has("2 rows are not as seen") && got.has("Compare again"));
    assert_eq!(hana.fill(&got, "/compare", &[]).await.place(), "/compare");
}

#[tokio::test]
async fn what_was_written_is_undone_after_a_second_look() {
    let served = Served::over(Double::default(), &[]).await;
    served.double.decide(PlanState::Applied);
    let hana = served.hana();
    let page = hana.get(&path("undo")).await;
    assert!(page.has("Undo: bring 252 rows back"));
    served.double.change(|plan| {
        let ending = plan.ending.as_mut().unwrap();
        "sha256:other rows".clone_into(&mut ending.undo);
    });
    let moved = hana.fill(&page, &path("undo"), &[]).await;
    assert_eq!(moved.status, 409, "it is not what was seen");
    served.double.decide(PlanState::Applied);
    assert_eq!(
        hana.fill(&page, &path("undo"), &[]).await.place(),
        path("progress")
    );
    served.page.idle().await;
    let decision = lock(&served.double.undone).clone().unwrap();
    assert_eq!(
        (decision.digest.as_str(), decision.by.as_str()),
        ("sha256:the old rows", HANA)
    );
    assert!(
        hana.get(&path("result"))
            .await
            .has("Undone by hana@example.jp")
    );
    let again = hana.fill(&page, &path("undo"), &[]).await;
    assert_eq!(
        again.place(),
        path("result"),
        "there is nothing to undo any more"
    );
}

#[tokio::test]
async fn an_undo_that_deletes_many_rows_needs_the_name_of_the_table() {
    let served = Served::over(Double::default(), &[]).await;
    served.double.decide(PlanState::Applied);
    served.double.change(|plan| {
        let many = (ITEM.to_owned(), "249 rows would go".to_owned());
        plan.ending.as_mut().unwrap().undo_confirm.push(many);
    });
    let hana = served.hana();
    let page = hana.get(&path("undo")).await;
    assert!(page.has("249 rows would go") && page.has("name=\"confirm:1\""));
    let slip = hana.fill(&page, &path("undo"), &[("confirm:1", "y")]).await;
    assert!(slip.has(ITEM) && lock(&served.double.undone).is_none());
    let meant = hana
        .fill(&page, &path("undo"), &[("confirm:1", ITEM)])
        .await;
    assert_eq!(meant.place(), path("progress"));
    served.page.idle().await;
    let decision = lock(&served.double.undone).clone().unwrap();
    assert!(decision.confirmed.contains(ITEM));
}

#[tokio::test]
async fn what_the_role_may_not_write_is_told_instead_of_asked_for() {
    let served = Served::over(Double::default(), &[]).await;
    let lacks = "the role of APPLY_URL lacks UPDATE on public.item; grant it";
    *lock(&served.double.rights) = Err(DeskError::Refused(lacks.to_owned()));
    let page = served.hana().get(&path("approve")).await;
    assert!(page.has(lacks) && !page.has("name=\"token\""));
}

#[tokio::test]
async fn what_was_counted_for_more_rows_than_are_ticked_is_said_to_be() {
    let served = Served::start().await;
    let hana = served.hana();
    tick_code(&hana).await;
    let words = "counted for all rows that can be deleted";
    let one = ("row".to_owned(), "254".to_owned());
    let all = hana.get(&path("approve")).await;
    assert!(all.has("What the deletions take along") && !all.has(words));
    let rows = format!("/plans/{ID}/tables/3");
    let page = hana.get(&format!("{rows}?class=delete")).await;
    let fields = page.fields(&rows);
    let others = fields.iter().filter(|field| **field != one);
    let others: Vec<_> = others.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    hana.post(&rows, &others).await;
    let part = hana.get(&path("approve")).await;
    assert!(part.has(words));
}

#[tokio::test]
async fn what_was_not_written_can_not_be_undone() {
    let served = Served::start().await;
    assert_eq!(
        served.hana().get(&path("undo")).await.place(),
        path("result")
    );
}

#[tokio::test]
async fn a_task_that_panics_ends_as_a_failure() {
    let served = Served::start().await;
    let hana = served.hana();
    let page = hana.get(&path("approve")).await;
    served.double.gate.close();
    hana.fill(&page, &path("approve"), &[]).await;
    served.page.idle().await;
    assert!(hana.get(&path("result")).await.has("the function panicked"));
}

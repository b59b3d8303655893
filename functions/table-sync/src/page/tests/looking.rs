//! What a person sees.

use super::double::{Double, lock};
use super::sample::ID;
use super::visitor::Served;
use crate::page::desk::DeskError;
use crate::plans::PlanState;

#[tokio::test]
async fn every_page_can_be_looked_at_and_says_whose_and_what_it_is() {
    let served = Served::start().await;
    let hana = served.hana();
    for (path, words) in [
        ("/".to_owned(), "Compare now"),
        (format!("/plans/{ID}"), "public.item"),
        (
            format!("/plans/{ID}/tables/2"),
            "<caption>Rows 1 to 100 of 256</caption>",
        ),
        (format!("/plans/{ID}/approve"), "253 rows to production"),
        (
            format!("/plans/{ID}/result"),
            "Nobody has approved this plan yet.",
        ),
    ] {
        let got = hana.get(&path).await;
        assert_eq!(got.status, 200, "{path}: {}", got.body);
        assert!(got.has(words), "{path}: {}", got.body);
        assert!(got.has("Signed in as hana@example.jp"), "{path}");
        assert_eq!(got.body.matches("<h1").count(), 1, "{path}");
        assert!(
            got.has("<html lang=\"en\">") && got.has("<main id=\"main\""),
            "{path}"
        );
        assert!(
            !got.has("style=\"") && !got.has("onclick") && !got.has("<script>"),
            "{path}"
        );
        assert_eq!(got.header("cache-control"), "no-store", "{path}");
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert_eq!(got.header("referrer-policy"), "no-referrer");
        let policy = got.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert!(
            got.header("strict-transport-security")
                .starts_with("max-age=")
        );
    }
}

#[tokio::test]
async fn every_control_has_a_name_for_those_who_do_not_see_it() {
    let served = Served::start().await;
    for path in [
        "/",
        &format!("/plans/{ID}"),
        &format!("/plans/{ID}/tables/2"),
    ] {
        let body = served.hana().get(path).await.body;
        for control in ["<input ", "<select ", "<textarea "] {
            for (at, _) in body.match_indices(control) {
                let tag = body[at..].split_once('>').unwrap().0;
                let is_named = tag.contains("type=\"hidden\"")
                    || tag.contains("aria-label=")
                    || is_labelled(&body, tag)
                    || body[..at].ends_with("<label class=\"tick\">");
                assert!(is_named, "{path}: {tag}");
            }
        }
        assert_eq!(
            body.matches("<table").count(),
            body.matches("<caption").count(),
            "{path}"
        );
        assert!(
            !body.contains("<th>"),
            "{path}: each head says what it is the head of"
        );
    }
}

/// Whether a label points at the control.
fn is_labelled(body: &str, tag: &str) -> bool {
    tag.split_once("id=\"").is_some_and(|(_, rest)| {
        let id = rest.split('"').next().unwrap();
        body.contains(&format!("<label for=\"{id}\""))
    })
}

#[tokio::test]
async fn structures_come_first_and_deletions_are_not_ticked() {
    let served = Served::start().await;
    let got = served.hana().get(&format!("/plans/{ID}")).await;
    let at = |words: &str| got.body.find(words).unwrap_or_else(|| panic!("{words}"));
    assert!(at("production lacks the migration") < at("Structures that differ"));
    assert!(at("Structures that differ") < at("<h2 id=\"tables\">"));
    let ticked = |field: &str| got.has(&format!("value=\"{field}\" checked"));
    assert!(ticked("2:insert") && ticked("2:update_new"));
    assert!(!ticked("2:delete") && !ticked("3:delete"));
    assert!(
        !got.has("value=\"2:update_old\""),
        "what is newer in the target has no box"
    );
    assert!(got.has("never written"));
    assert!(got.has("<li>public.equal</li>"));
}

#[tokio::test]
async fn rows_can_be_filtered_and_paged() {
    let served = Served::start().await;
    let hana = served.hana();
    let path = format!("/plans/{ID}/tables/2");
    let got = hana.get(&format!("{path}?class=insert&page=3")).await;
    assert!(got.has("Rows 201 to 250 of 250"));
    assert!(got.has("rel=\"prev\"") && !got.has("rel=\"next\""));
    let got = hana.get(&format!("{path}?q=251+value")).await;
    assert!(got.has("value=\"251 value\"") && got.has("Rows 1 to 1 of 1"));
    let got = hana.get(&format!("{path}?q=nowhere")).await;
    assert!(got.has("No row matches."));
    let got = hana.get(&format!("{path}?class=%3Cb%3E&page=-7")).await;
    assert!(
        got.has("Rows 1 to 100 of 256"),
        "what is no class and no page asks for nothing"
    );
    let got = hana.get(&format!("{path}?page=18446744073709551615")).await;
    assert!(got.has("No row matches."));
}

#[tokio::test]
async fn a_cell_tells_before_and_after_in_words_too() {
    let served = Served::start().await;
    let got = served
        .hana()
        .get(&format!("/plans/{ID}/tables/2?class=update_new"))
        .await;
    assert!(got.has("<del><span class=\"unseen\">before: </span>old value</del>"));
    assert!(got.has("<ins><span class=\"unseen\">after: </span>new value</ins>"));
    assert!(got.has("… 10,000 characters in all"));
    assert!(got.has("<span class=\"nothing\">NULL</span>"));
}

#[tokio::test]
async fn the_style_is_kept_for_good_and_named_after_its_content() {
    let served = Served::start().await;
    let body = served.hana().get("/").await.body;
    for (ending, kind) in [
        (".css", "text/css"),
        (".js", "text/javascript"),
        (".svg", "image/svg+xml"),
    ] {
        let end = body.find(ending).unwrap() + ending.len();
        let start = body[..end].rfind("/static/").unwrap();
        let got = served.stranger().get(&body[start..end]).await;
        assert_eq!((got.status, got.header("content-type")), (200, kind));
        assert!(got.header("cache-control").contains("immutable"));
    }
    assert_eq!(served.stranger().get("/static/page.css").await.status, 404);
    assert_eq!(
        served.stranger().get("/static/..%2Fpage.css").await.status,
        404
    );
}

#[tokio::test]
async fn each_end_of_a_plan_has_its_words() {
    for (state, words) in [
        (
            PlanState::Applied,
            "Applied: 252 rows were written to production and verified.",
        ),
        (PlanState::Stale, "production is not as you saw it any more"),
        (PlanState::Failed, "the line broke"),
        (PlanState::Approved, "Applying was interrupted"),
        (PlanState::Undone, "Undone by hana@example.jp"),
    ] {
        let served = Served::start().await;
        served.double.decide(state);
        let got = served.hana().get(&format!("/plans/{ID}/result")).await;
        assert!(got.has(words), "{}", got.body);
        assert_eq!(got.has("/undo"), state == PlanState::Applied);
        let again = matches!(
            state,
            PlanState::Stale | PlanState::Failed | PlanState::Undone
        );
        assert_eq!(got.has("Compare again"), again, "{state:?}");
    }
}

#[tokio::test]
async fn a_comparison_is_watched_and_leads_to_its_plan() {
    let served = Served::over(held(), &[]).await;
    let hana = served.hana();
    let home = hana.get("/").await;
    let started = hana.fill(&home, "/compare", &[]).await;
    assert_eq!(started.place(), "/compare");
    let got = hana.get("/compare").await;
    assert!(got.has("<meta http-equiv=\"refresh\" content=\"2\">"));
    assert!(got.has("max=\"1000\" value=\"120\"") && got.has("120 of about 1,000"));
    let second = hana.fill(&home, "/compare", &[]).await;
    assert_eq!(second.status, 409);
    assert!(second.has("Somebody is at work already: hana@example.jp since 2026-11-22 13:00 JST"));
    assert!(
        hana.get("/")
            .await
            .has("A comparison is running, started by hana@example.jp")
    );
    served.double.gate.add_permits(1);
    served.page.idle().await;
    assert_eq!(hana.get("/compare").await.place(), format!("/plans/{ID}"));
}

#[tokio::test]
async fn a_comparison_that_failed_is_told_and_never_looks_like_equality() {
    let served = Served::start().await;
    *lock(&served.double.end) = Err(DeskError::Failed {
        words: "reading public.item failed on db: gone".to_owned(),
        passing: true,
    });
    let hana = served.hana();
    let home = hana.get("/").await;
    hana.fill(&home, "/compare", &[]).await;
    served.page.idle().await;
    let got = hana.get("/compare").await;
    assert_eq!(got.status, 503);
    assert!(got.has("reading public.item failed") && got.has("try again in a minute"));
    let home = hana.get("/").await;
    assert!(home.has("The last comparison failed: no plan came of it."));
}

/// A double whose tasks wait.
pub(super) fn held() -> Double {
    let double = Double::default();
    double.gate.forget_permits(usize::MAX);
    double
}

//! What goes wrong, as a person sees it in a real browser over real databases; pictures are kept as those of the other states are.

use table_sync::PlanState;
use test_services::{Browser, BrowserSetup};

use crate::browser::{keep, words};
use crate::databases::{Databases as _, Maria};
use crate::desk::{Desk, PERSON};
use crate::endings::BROKEN;
use crate::shop::{LOGIN_SECRET, Shop, serve};

const COMPARE: &str = "form[action='/compare'] button.primary";

/// Compares, takes what is ticked by itself, and goes as far as the approval.
async fn go_to_approval(browser: &Browser, home: &str) {
    browser.open(home).await.unwrap();
    browser.click(COMPARE).await.unwrap();
    browser.find("table.tables").await.unwrap();
    browser.click("button[name=then]").await.unwrap();
    browser.find("form.approve").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_it_was_seen_is_told_and_compared_again() {
    let shop = Shop::open().await;
    let browser = shop.browser(BrowserSetup::default()).await.unwrap();
    go_to_approval(&browser, &shop.url("/")).await;
    shop.production("UPDATE item SET name = 'Meanwhile' WHERE id = 7");
    let before = shop.production("SELECT * FROM item ORDER BY id");
    browser.click("form.approve button").await.unwrap();
    browser.find(".state-stale").await.unwrap();
    keep(&browser, "17-stale").await;
    let told = words(&browser, "main").await;
    assert!(told.contains("rows of public.item in production are not as the plan saw them, first the one with the key 7"), "{told}");
    assert_eq!(shop.production("SELECT * FROM item ORDER BY id"), before);
    browser.click(COMPARE).await.unwrap();
    browser.find("table.tables").await.unwrap();
    assert_eq!(browser.count(".state-stale").await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_approves_second_is_told_who_was_first() {
    let shop = Shop::open().await;
    let browser = shop.browser(BrowserSetup::default()).await.unwrap();
    go_to_approval(&browser, &shop.url("/")).await;
    let approval = browser.url().await.unwrap();
    let other = Browser::start(BrowserSetup::default()).await.unwrap();
    let headers = [
        ("x-email", "taro@example.com"),
        ("x-login-secret", LOGIN_SECRET),
    ];
    other.send_headers(&headers).await.unwrap();
    other.open(&approval).await.unwrap();
    other.click("form.approve button").await.unwrap();
    other.find(".state-applied").await.unwrap();
    let written = shop.production("SELECT * FROM item ORDER BY id");
    browser.click("form.approve button").await.unwrap();
    browser.find("[role=alert]").await.unwrap();
    keep(&browser, "18-second-person").await;
    let told = words(&browser, "main").await;
    assert!(told.contains("taro@example.com"), "{told}");
    assert_eq!(shop.production("SELECT * FROM item ORDER BY id"), written);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_that_fails_says_why_and_makes_no_plan() {
    let shop = Shop::open().await;
    shop.desk.both(BROKEN);
    shop.desk.source("INSERT INTO b VALUES (2, ROW(2))");
    let browser = shop.browser(BrowserSetup::default()).await.unwrap();
    browser.open(&shop.url("/")).await.unwrap();
    browser.click(COMPARE).await.unwrap();
    browser.find(".note.bad").await.unwrap();
    keep(&browser, "19-comparison-failed").await;
    let told = words(&browser, "main").await;
    assert!(told.contains("can not be read"), "{told}");
    browser.open(&shop.url("/")).await.unwrap();
    let told = words(&browser, "main").await;
    assert!(told.contains("no plan came of it"), "{told}");
    assert_eq!(browser.count("table.list").await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_login_in_front_everything_can_be_seen_and_nothing_done() {
    let shop = Shop::open().await;
    let browser = shop.browser(BrowserSetup::default()).await.unwrap();
    go_to_approval(&browser, &shop.url("/")).await;
    let env = shop.desk.env();
    let open = env.names().filter(|name| !name.starts_with("LOGIN_"));
    let open = open.filter_map(|name| Some((name, env.get(name)?)));
    let (address, _stop) = serve(&open.collect()).await;
    let anybody = Browser::start(BrowserSetup::default()).await.unwrap();
    anybody.open(&format!("http://{address}/")).await.unwrap();
    anybody.find("table.list").await.unwrap();
    keep(&anybody, "20-read-only").await;
    assert_eq!(anybody.count("form[method=post]").await.unwrap(), 0);
    anybody.click("table.list th a").await.unwrap();
    anybody.find("table.tables").await.unwrap();
    keep(&anybody, "21-read-only-plan").await;
    assert_eq!(
        anybody
            .count("main button, input[type=checkbox]:not([disabled])")
            .await
            .unwrap(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_role_may_not_write_and_what_is_not_there_is_told() {
    let shop = Shop::open().await;
    let browser = shop.browser(BrowserSetup::default()).await.unwrap();
    shop.production("CREATE ROLE poor LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO poor");
    let apply = shop
        .desk
        .databases
        .target_url()
        .replace("postgres@", "poor@");
    let (address, _stop) = serve(&shop.desk.env().with("APPLY_URL", apply)).await;
    let home = format!("http://{address}/");
    browser.open(&home).await.unwrap();
    browser.click(COMPARE).await.unwrap();
    browser.find("table.tables").await.unwrap();
    browser.click("button[name=then]").await.unwrap();
    browser.find(".note.warn").await.unwrap();
    keep(&browser, "22-no-right-to-write").await;
    let told = words(&browser, "main").await;
    assert!(told.contains("lacks UPDATE on public.item"), "{told}");
    assert_eq!(browser.count("form.approve").await.unwrap(), 0);
    browser
        .open(&format!("{home}plans/20200101T000000Z-00000000"))
        .await
        .unwrap();
    browser.find("[role=alert]").await.unwrap();
    keep(&browser, "23-no-such-plan").await;
}

/// MariaDB behind the page: over, back, and the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn mariadb_is_compared_approved_undone_and_reversed_on_the_page() {
    let desk = Desk::of(
        Maria::start(),
        "CREATE TABLE item (id int PRIMARY KEY, name varchar(50), updated_at datetime(6)) DEFAULT CHARSET utf8mb4;
         INSERT INTO item SELECT seq, '品物', '2026-01-01' FROM seq_1_to_60",
    )
    .set("LOGIN_HEADER", "x-email")
    .set("LOGIN_SECRET", LOGIN_SECRET);
    desk.source("UPDATE item SET name = '新しい名前', updated_at = '2026-02-01' WHERE id = 1; DELETE FROM item WHERE id > 30");
    desk.target("UPDATE item SET name = '本番で変更', updated_at = '2026-02-01' WHERE id = 2");
    let rows = |sql: &str| desk.databases.target(sql);
    let all = "SELECT * FROM item ORDER BY id";
    let before = rows(all);
    let (address, _stop) = serve(&desk.env()).await;
    let home = format!("http://{address}/");
    let browser = Browser::start(BrowserSetup::default()).await.unwrap();
    let headers = [("x-email", PERSON), ("x-login-secret", LOGIN_SECRET)];
    browser.send_headers(&headers).await.unwrap();
    browser.open(&home).await.unwrap();
    browser.click(COMPARE).await.unwrap();
    browser.find("table.tables").await.unwrap();
    browser.click("input[value$=':delete']").await.unwrap();
    browser.click("button[name=then]").await.unwrap();
    browser.find("form.approve").await.unwrap();
    // Thirty of sixty rows would go: the name is asked for.
    browser.type_into("input[data-name]", "item").await.unwrap();
    browser.click("form.approve button").await.unwrap();
    browser.find(".state-applied").await.unwrap();
    assert_eq!(rows("SELECT count(*) FROM item"), "30");
    browser.click("a[href$='/undo']").await.unwrap();
    browser.click("form[action$='/undo'] button").await.unwrap();
    browser.find(".state-undone").await.unwrap();
    assert_eq!(rows(all), before);
    browser.open(&home).await.unwrap();
    browser
        .click("form[action='/compare'] button:not(.primary)")
        .await
        .unwrap();
    browser.find("table.tables").await.unwrap();
    browser.click("button[name=then]").await.unwrap();
    browser.click("form.approve button").await.unwrap();
    browser.find(".state-applied").await.unwrap();
    keep(&browser, "24-mariadb-reverse").await;
    let name = desk.databases.source("SELECT name FROM item WHERE id = 2");
    assert_eq!(name, "本番で変更");
    assert_eq!(rows(all), before, "a reverse plan writes to development");
    let plans = desk.sync().await.plans().await.unwrap();
    let states: Vec<_> = plans.iter().map(|plan| plan.state).collect();
    assert!(
        states.contains(&PlanState::Applied) && states.contains(&PlanState::Undone),
        "{states:?}"
    );
}

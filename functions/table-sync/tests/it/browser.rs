//! The page in a real browser, over real databases. A picture of each state is kept in `target/test-logs/screens/`.

use test_services::{Browser, BrowserSetup};

use crate::shop::{Shop, picture};

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const SPACE: char = ' ';

pub(crate) async fn keep(browser: &Browser, name: &str) {
    browser.picture(&picture(name)).await.unwrap();
}

/// The words of the first element that `selector` chooses.
pub(crate) async fn words(browser: &Browser, selector: &str) -> String {
    let element = browser.find(selector).await.unwrap();
    browser.text(&element).await.unwrap()
}

/// What is in production of the tables that a plan can write.
fn content(shop: &Shop) -> String {
    let tables = ["category", "item", "vat_rate", "\"支払い方法\"", "old_code"];
    let rows = tables.map(|table| shop.production(&format!("SELECT * FROM {table} ORDER BY 1")));
    rows.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_compares_ticks_approves_watches_and_undoes() {
    let shop = Shop::open().await;
    let before = content(&shop);
    let setup = BrowserSetup {
        language: "ja",
        ..BrowserSetup::default()
    };
    let browser = shop.browser(setup).await.unwrap();
    compare(&shop, &browser).await;
    tick(&browser).await;
    approve(&shop, browser).await;
    undo(&shop).await;
    assert_eq!(content(&shop), before);
}

async fn compare(shop: &Shop, browser: &Browser) {
    browser.open(&shop.url("/")).await.unwrap();
    keep(browser, "01-no-plan").await;
    let held = shop.hold("development").await;
    let start = "form[action='/compare'] button.primary";
    browser.click(start).await.unwrap();
    browser.find("progress").await.unwrap();
    keep(browser, "02-comparing").await;
    held.let_go();
    browser.find("table.tables").await.unwrap();
    keep(browser, "03-plan").await;
    assert_eq!(browser.count("html[lang=ja]").await.unwrap(), 1);
    let source = browser.source().await.unwrap();
    assert!(
        source.contains("20261120"),
        "the missing migration is named"
    );
    assert!(source.contains("public.coupon"));
}

/// Ticks all deletions, and unticks a row.
async fn tick(browser: &Browser) {
    let plan = browser.url().await.unwrap();
    let deletions = "input[value$=':delete']";
    let ticked = format!("{deletions}:checked");
    assert_eq!(browser.count(&ticked).await.unwrap(), 0);
    let never = "input[value$=':update_old']";
    assert_eq!(browser.count(never).await.unwrap(), 0);
    let unticked = format!("{deletions}:not(:checked)");
    while browser.count(&unticked).await.unwrap() > 0 {
        browser.click(&unticked).await.unwrap();
    }
    keep(browser, "04-plan-unsaved").await;
    browser
        .click(".actions button:not(.primary)")
        .await
        .unwrap();
    browser.find(".note.good").await.unwrap();

    browser.click("a[href*='class=update_new']").await.unwrap();
    browser.find("table.rows").await.unwrap();
    keep(browser, "05-rows-update").await;
    let source = browser.source().await.unwrap();
    assert!(source.contains("&lt;script&gt;alert(1)"));
    browser.click("input[name=row]").await.unwrap();
    browser.click(".actions button").await.unwrap();
    browser.find(".note.good").await.unwrap();
    let row = browser.find("input[name=row]").await.unwrap();
    assert_eq!(browser.property(&row, "checked").await.unwrap(), false);
    browser.open(&plan).await.unwrap();
    keep(browser, "06-plan-partly").await;
}

/// Approves, and closes the browser while it is written.
async fn approve(shop: &Shop, browser: Browser) {
    browser.click("button[name=then]").await.unwrap();
    let button = browser.find("form.approve button").await.unwrap();
    keep(&browser, "07-approve").await;
    assert_eq!(browser.property(&button, "disabled").await.unwrap(), true);
    let name = "public.old_code";
    browser.type_into("input[data-name]", name).await.unwrap();
    assert_eq!(browser.property(&button, "disabled").await.unwrap(), false);
    let held = shop.hold("production").await;
    browser.click("form.approve button").await.unwrap();
    browser.find("progress").await.unwrap();
    keep(&browser, "08-applying").await;
    drop(browser);
    held.let_go();
    shop.is_applied().await;
}

/// Sees in another browser what came of it, and undoes it.
async fn undo(shop: &Shop) {
    let browser = shop.browser(BrowserSetup::default()).await.unwrap();
    browser.open(&shop.url("/")).await.unwrap();
    browser.click("table.list th a").await.unwrap();
    browser.click(".steps li:last-child a").await.unwrap();
    browser.find(".state-applied").await.unwrap();
    keep(&browser, "09-result").await;
    assert_eq!(shop.production("SELECT count(*) FROM old_code"), "20");
    let newer = shop.production("SELECT name FROM category WHERE id = 3");
    assert_eq!(newer, "Renamed in production");
    browser.click("a[href$='/undo']").await.unwrap();
    browser.find("form[action$='/undo']").await.unwrap();
    keep(&browser, "10-undo").await;
    browser
        .type_into("input[data-name]", "public.item")
        .await
        .unwrap();
    browser.click("form[action$='/undo'] button").await.unwrap();
    browser.find(".state-undone").await.unwrap();
    keep(&browser, "11-undone").await;
    browser.open(&shop.url("/")).await.unwrap();
    keep(&browser, "12-history").await;
    assert!(words(&browser, "table.list").await.contains("undone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_matters_works_without_scripts() {
    let shop = Shop::open().await;
    let before = content(&shop);
    let setup = BrowserSetup {
        scripts: false,
        window: (390, 844),
        dark: true,
        ..BrowserSetup::default()
    };
    let browser = shop.browser(setup).await.unwrap();
    browser.open(&shop.url("/")).await.unwrap();
    browser
        .click("form[action='/compare'] button.primary")
        .await
        .unwrap();
    browser.find("table.tables").await.unwrap();
    let plan = browser.url().await.unwrap();
    keep(&browser, "13-phone-plan").await;
    browser
        .click("a[aria-label='See rows of public.item']")
        .await
        .unwrap();
    browser.find("table.rows").await.unwrap();
    // The script would have added a box for all rows of the page.
    assert_eq!(browser.count("thead input").await.unwrap(), 0);
    browser.type_into("#q", "New item 501").await.unwrap();
    browser.click(".filter button").await.unwrap();
    browser.find("input[name=row]:checked").await.unwrap();
    keep(&browser, "14-phone-rows").await;
    assert_eq!(browser.count("input[name=row]").await.unwrap(), 1);
    browser.click("input[name=row]").await.unwrap();
    browser.click(".actions button").await.unwrap();
    browser.find(".note.good").await.unwrap();
    browser.open(&plan).await.unwrap();
    browser.click("button[name=then]").await.unwrap();
    browser.click("form.approve button").await.unwrap();
    // The pages reload by themselves.
    browser.find(".state-applied").await.unwrap();
    assert_eq!(
        shop.production("SELECT count(*) FROM item WHERE id >= 500"),
        "119"
    );
    assert_eq!(
        shop.production("SELECT count(*) FROM item WHERE id = 501"),
        "0"
    );
    assert_eq!(
        shop.production("SELECT count(*) FROM old_code"),
        "60",
        "deletions were not ticked"
    );
    browser.click("a[href$='/undo']").await.unwrap();
    browser
        .type_into("input[data-name]", "public.item")
        .await
        .unwrap();
    browser.click("form[action$='/undo'] button").await.unwrap();
    browser.find(".state-undone").await.unwrap();
    assert_eq!(content(&shop), before);
}

/// Presses Tab until what has the keyboard says `words`.
async fn tab_to(browser: &Browser, words: &str) {
    for _ in 0..80 {
        browser.press(TAB).await.unwrap();
        let focused = browser.focused().await.unwrap();
        if browser.text(&focused).await.unwrap_or_default() == words {
            return;
        }
    }
    panic!("the keyboard does not lead to `{words}`");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    let shop = Shop::open().await;
    let browser = shop.browser(BrowserSetup::default()).await.unwrap();
    browser.open(&shop.url("/")).await.unwrap();
    browser.press(TAB).await.unwrap();
    let first = browser.focused().await.unwrap();
    assert_eq!(browser.text(&first).await.unwrap(), "Skip to the content");
    tab_to(&browser, "Compare now").await;
    browser.press(ENTER).await.unwrap();
    browser.find("table.tables").await.unwrap();
    // The first box is that of the new rows of a table; a press unticks it.
    let boxes = "input[name=class]:checked";
    let ticked = browser.count(boxes).await.unwrap();
    for _ in 0..80 {
        browser.press(TAB).await.unwrap();
        let focused = browser.focused().await.unwrap();
        let kind = browser.property(&focused, "type").await;
        if kind.unwrap_or_default() == "checkbox" {
            break;
        }
    }
    keep(&browser, "15-focus").await;
    browser.press(SPACE).await.unwrap();
    assert_eq!(browser.count(boxes).await.unwrap(), ticked - 1);
    browser.press(SPACE).await.unwrap();
    tab_to(&browser, "Go on to approval").await;
    browser.press(ENTER).await.unwrap();
    browser.find("form.approve").await.unwrap();
    let button = words(&browser, "form.approve button").await;
    tab_to(&browser, &button).await;
    browser.press(ENTER).await.unwrap();
    browser.find(".state-applied").await.unwrap();
    keep(&browser, "16-result-english").await;
}

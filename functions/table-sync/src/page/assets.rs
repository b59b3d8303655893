//! The style, the script and the icon, kept by browsers for as long as they stay the same.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use function_core::sha256_hex;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::page::Page;
use crate::page::problem::Problem;
use crate::page::visit::Named;

/// Where they are.
pub(crate) const FOLDER: &str = "/static/";

/// A file, named after its content.
#[derive(Debug)]
struct Asset {
    name: String,
    content_type: &'static str,
    content: &'static [u8],
}

/// All files.
#[derive(Debug)]
pub(crate) struct Assets {
    style: Asset,
    script: Asset,
    icon: Asset,
}

impl Assets {
    pub(crate) fn new() -> Self {
        Self {
            style: Asset::new(
                "page",
                "css",
                "text/css",
                include_bytes!("../../static/page.css"),
            ),
            script: Asset::new(
                "page",
                "js",
                "text/javascript",
                include_bytes!("../../static/page.js"),
            ),
            icon: Asset::new(
                "icon",
                "svg",
                "image/svg+xml",
                include_bytes!("../../static/icon.svg"),
            ),
        }
    }

    pub(crate) fn style(&self) -> String {
        self.style.path()
    }

    pub(crate) fn script(&self) -> String {
        self.script.path()
    }

    pub(crate) fn icon(&self) -> String {
        self.icon.path()
    }
}

impl Asset {
    fn new(stem: &str, ending: &str, content_type: &'static str, content: &'static [u8]) -> Self {
        let hash = sha256_hex(content);
        Self {
            name: format!("{stem}-{}.{ending}", &hash[..12]),
            content_type,
            content,
        }
    }

    fn path(&self) -> String {
        format!("{FOLDER}{}", self.name)
    }
}

/// One of them. It holds nothing of anybody's, so nobody is asked who they are.
pub(crate) async fn show(
    State(page): State<Arc<Page>>,
    Named(name): Named<String>,
) -> Result<Response, Problem> {
    let Assets {
        style,
        script,
        icon,
    } = &page.assets;
    let all = [style, script, icon];
    let asset = all.into_iter().find(|asset| asset.name == name);
    let asset = asset.ok_or(Problem::NotFound)?;
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.content).into_response())
}

//! JSON that is written piece by piece.

use kintone_client::User;

/// JSON under way. Each item of a list or an object leaves a comma, which the end takes away.
#[derive(Debug)]
pub(super) struct Json(Vec<u8>);

impl Json {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(256))
    }

    /// The JSON as text.
    pub(super) fn finish(self) -> String {
        #[expect(clippy::expect_used, reason = "only text went in")]
        String::from_utf8(self.0).expect("text")
    }

    pub(super) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.push("[");
        for item in items {
            write(self, item);
            self.push(",");
        }
        self.close(b']');
    }

    pub(super) fn user(&mut self, user: &User<'_>) {
        self.push(r#"{"code":"#);
        self.text(&user.code);
        self.push("}");
    }

    pub(super) fn name(&mut self, code: &str) {
        self.text(code);
        self.push(":");
    }

    pub(super) fn text(&mut self, text: &str) {
        #[expect(clippy::expect_used, reason = "a Vec takes all text")]
        serde_json::to_writer(&mut self.0, text).expect("text into memory");
    }

    pub(super) fn push(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Ends a list or an object, without the comma that the last item left.
    pub(super) fn close(&mut self, bracket: u8) {
        if self.0.last() == Some(&b',') {
            self.0.pop();
        }
        self.0.push(bracket);
    }
}

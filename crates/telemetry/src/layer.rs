//! From an event within its spans to a written line.

use function_core::{Clock, METRIC_TARGET};
use jiff::Timestamp;
use serde::ser::{SerializeMap as _, Serializer as _};
use serde_json::Value;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::fields::Fields;
use crate::google_cloud::GoogleCloud;
use crate::lambda::{self, Lambda};
use crate::terminal;

/// An event with all that is known about it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) time: Timestamp,
    pub(crate) metadata: &'static Metadata<'static>,
    pub(crate) message: String,
    pub(crate) fields: Fields,
}

/// How a line is written.
#[derive(Debug)]
pub(crate) enum Formatter {
    GoogleCloud(GoogleCloud),
    Lambda(Lambda),
    Terminal,
}

/// Formats each event and hands it to `write` as one piece that ends with a line feed.
pub(crate) struct LogLayer<W> {
    formatter: Formatter,
    clock: Clock,
    write: W,
}

impl<W> LogLayer<W> {
    pub(crate) fn new(formatter: Formatter, clock: Clock, write: W) -> Self {
        Self {
            formatter,
            clock,
            write,
        }
    }

    /// The event with the fields of the spans around it.
    fn line<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> Line
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Fields::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(Scope::from_root)
        {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        event.record(&mut fields);
        Line {
            time: self.clock.now(),
            metadata: event.metadata(),
            message: fields.take_message(),
            fields,
        }
    }
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut text = match &self.formatter {
            Formatter::Lambda(lambda) if event.metadata().target() == METRIC_TARGET => {
                // Not the spans' fields: a number among them would become a metric.
                let mut fields = Fields::default();
                event.record(&mut fields);
                fields.take_message();
                lambda.gauges(self.clock.now(), &fields)
            }
            formatter => formatter.format(self.line(event, &context)),
        };
        text.push('\n');
        (self.write)(text.as_bytes());
    }
}

impl Formatter {
    fn format(&self, line: Line) -> String {
        match self {
            Self::GoogleCloud(google_cloud) => google_cloud.format(line),
            Self::Lambda(_) => lambda::format(line),
            Self::Terminal => terminal::format(&line),
        }
    }
}

/// One JSON object: `head` in its order, then the fields. Where both have a name, `head` wins.
pub(crate) fn json_line(head: &[(&str, Value)], fields: &Fields) -> String {
    let mut line = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut line);
    let written = serializer.serialize_map(None).and_then(|mut map| {
        for (name, value) in head {
            map.serialize_entry(name, value)?;
        }
        for (name, value) in &fields.0 {
            if !head.iter().any(|(taken, _)| taken == name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    });
    // Writing values to memory can't fail; a line that could would be empty.
    written.map_or_else(
        |_| String::new(),
        |()| String::from_utf8_lossy(&line).into_owned(),
    )
}

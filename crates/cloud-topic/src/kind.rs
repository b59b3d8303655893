//! Whose topic it is, which its name tells.

/// What the names of topics look like.
pub(crate) const NAME_RULE: &str = "the name is `projects/PROJECT/topics/TOPIC` (Pub/Sub) or \
                                    `arn:aws:sns:REGION:ACCOUNT:TOPIC` (SNS)";
const FIFO_RULE: &str = "a FIFO topic is for programs that keep an order; name a standard topic";

/// The service that a topic belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Google Cloud Pub/Sub: `projects/PROJECT/topics/TOPIC`.
    PubSub,
    /// Amazon SNS: `arn:aws:sns:REGION:ACCOUNT:TOPIC`, in any partition.
    Sns,
    /// Neither: memory, or a test's own.
    Other,
}

impl Kind {
    /// The service that a topic called `name` belongs to.
    pub(crate) fn of(name: &str) -> Self {
        Self::parse(name).unwrap_or(Self::Other)
    }

    /// Why a topic of this kind can't be opened where its feature is missing.
    pub(crate) fn not_built(self) -> &'static str {
        match self {
            Self::PubSub => "this binary was built without Pub/Sub (feature `pubsub`)",
            Self::Sns => "this binary was built without SNS (feature `sns`)",
            Self::Other => NAME_RULE,
        }
    }

    /// The same, or the rule that `name` breaks.
    pub(crate) fn parse(name: &str) -> Result<Self, &'static str> {
        if let ["projects", project, "topics", topic] = name.split('/').collect::<Vec<_>>()[..] {
            return if project.is_empty() || topic.is_empty() {
                Err(NAME_RULE)
            } else {
                Ok(Self::PubSub)
            };
        }
        let ["arn", partition, "sns", region, account, topic] =
            name.split(':').collect::<Vec<_>>()[..]
        else {
            return Err(NAME_RULE);
        };
        let is_word = |text: &str, others: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
        };
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        if !(is_account && is_word(partition, "-") && is_word(region, "-")) {
            Err(NAME_RULE)
        } else if matches!(topic.split_once('.'), Some((_, "fifo"))) {
            Err(FIFO_RULE)
        } else if is_word(topic, "-_") && topic.len() <= 256 {
            Ok(Self::Sns)
        } else {
            Err(NAME_RULE)
        }
    }
}

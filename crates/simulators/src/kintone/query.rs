//! The query language: conditions, order, limit and offset.

use super::error::{Refusal, words};

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Query {
    pub(crate) filter: Option<Filter>,
    /// Field codes, and whether each goes down.
    pub(crate) order: Vec<(String, bool)>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
}

/// Which records a query wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Test {
        field: String,
        operator: Operator,
        operands: Vec<Operand>,
    },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    In,
    NotIn,
    Like,
    NotLike,
    Empty,
    NotEmpty,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Text(String),
    /// A function, such as `NOW()`.
    Call(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 9] = ["!=", ">=", "<=", "=", ">", "<", "(", ")", ","];

/// Parses a query.
pub(crate) fn parse(text: &str) -> Result<Query, Refusal> {
    let mut parser = Parser {
        tokens: tokens(text).ok_or_else(malformed)?,
        next: 0,
    };
    let query = parser.query().ok_or_else(malformed)?;
    if parser.next == parser.tokens.len() {
        Ok(query)
    } else {
        Err(malformed())
    }
}

fn malformed() -> Refusal {
    Refusal::invalid(
        "query",
        words("クエリ記法が間違っています。", "Query parsing failed."),
    )
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, length) = token(rest)?;
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

fn token(rest: &str) -> Option<(Token, usize)> {
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        return Some((Token::Symbol(symbol), symbol.len()));
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        return string(quoted).map(|(text, length)| (Token::Text(text), length + 1));
    }
    let end = rest.find(|letter: char| letter.is_whitespace() || "=!<>(),\"".contains(letter));
    let word = &rest[..end.unwrap_or(rest.len())];
    (!word.is_empty()).then(|| (Token::Word(word.to_owned()), word.len()))
}

/// A string after its opening quote, and its length with the closing one.
fn string(quoted: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, at + 1)),
            '\\' => text.push(letters.next()?.1),
            letter => text.push(letter),
        }
    }
    None
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn query(&mut self) -> Option<Query> {
        let mut query = Query::default();
        if !self.peek_word("order") && !self.peek_word("limit") && !self.peek_word("offset") {
            query.filter = if self.tokens.is_empty() {
                None
            } else {
                Some(self.any()?)
            };
        }
        if self.word("order") {
            self.word("by").then_some(())?;
            query.order.push(self.order()?);
            while self.symbol(",") {
                query.order.push(self.order()?);
            }
        }
        if self.word("limit") {
            query.limit = Some(self.number()?);
        }
        if self.word("offset") {
            query.offset = Some(self.number()?);
        }
        Some(query)
    }

    fn any(&mut self) -> Option<Filter> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        if parts.len() == 1 {
            parts.pop()
        } else {
            Some(Filter::Or(parts))
        }
    }

    fn all(&mut self) -> Option<Filter> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        if parts.len() == 1 {
            parts.pop()
        } else {
            Some(Filter::And(parts))
        }
    }

    fn one(&mut self) -> Option<Filter> {
        if self.symbol("(") {
            let inner = self.any()?;
            return self.symbol(")").then_some(inner);
        }
        let field = self.take_word()?;
        let operator = self.operator()?;
        let operands = match operator {
            Operator::Empty | Operator::NotEmpty => Vec::new(),
            Operator::In | Operator::NotIn => self.list()?,
            _ => vec![self.operand()?],
        };
        Some(Filter::Test {
            field,
            operator,
            operands,
        })
    }

    fn operator(&mut self) -> Option<Operator> {
        use Operator as O;
        let symbols = [
            ("=", O::Equal),
            ("!=", O::NotEqual),
            (">", O::Greater),
            ("<", O::Less),
            (">=", O::GreaterOrEqual),
            ("<=", O::LessOrEqual),
        ];
        if let Some((_, operator)) = symbols.into_iter().find(|(symbol, _)| self.symbol(symbol)) {
            return Some(operator);
        }
        if self.word("is") {
            let negated = self.word("not");
            self.word("empty").then_some(())?;
            return Some(if negated { O::NotEmpty } else { O::Empty });
        }
        let negated = self.word("not");
        match (negated, self.word("in"), self.word("like")) {
            (false, true, _) => Some(O::In),
            (true, true, _) => Some(O::NotIn),
            (false, _, true) => Some(O::Like),
            (true, _, true) => Some(O::NotLike),
            _ => None,
        }
    }

    fn list(&mut self) -> Option<Vec<Operand>> {
        self.symbol("(").then_some(())?;
        let mut operands = vec![self.operand()?];
        while self.symbol(",") {
            operands.push(self.operand()?);
        }
        self.symbol(")").then_some(operands)
    }

    fn operand(&mut self) -> Option<Operand> {
        match self.tokens.get(self.next)?.clone() {
            Token::Text(text) => {
                self.next += 1;
                Some(Operand::Text(text))
            }
            Token::Word(word) => {
                self.next += 1;
                if !self.symbol("(") {
                    return word.parse::<f64>().ok().map(|_| Operand::Text(word));
                }
                self.symbol(")").then_some(Operand::Call(word))
            }
            Token::Symbol(_) => None,
        }
    }

    fn order(&mut self) -> Option<(String, bool)> {
        let field = self.take_word()?;
        let down = self.word("desc") || !self.word("asc");
        Some((field, down))
    }

    fn number(&mut self) -> Option<u64> {
        self.take_word()?.parse().ok()
    }

    fn take_word(&mut self) -> Option<String> {
        let Token::Word(word) = self.tokens.get(self.next)? else {
            return None;
        };
        let word = word.clone();
        self.next += 1;
        Some(word)
    }

    fn peek_word(&self, wanted: &str) -> bool {
        matches!(self.tokens.get(self.next), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted))
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = self.peek_word(wanted);
        self.next += usize::from(found);
        found
    }

    fn symbol(&mut self, wanted: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.next), Some(Token::Symbol(symbol)) if *symbol == wanted);
        self.next += usize::from(found);
        found
    }
}

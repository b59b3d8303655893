//! Reading the syntax tree.

use squawk_syntax::ast::{AstNode, Path, PathRef, PathSegment, PathSegmentRef};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::Name;

/// The first child of this kind.
pub(super) fn child<N: AstNode>(node: &SyntaxNode) -> Option<N> {
    node.children().find_map(N::cast)
}

/// Every node of this kind, at any depth.
pub(super) fn within<N: AstNode>(node: &SyntaxNode) -> impl Iterator<Item = N> {
    node.descendants().filter_map(N::cast)
}

/// Whether the word stands in `node` itself.
pub(super) fn has(node: &SyntaxNode, word: SyntaxKind) -> bool {
    node.children_with_tokens()
        .any(|element| element.kind() == word)
}

/// The first name in `node`.
pub(super) fn name(node: &SyntaxNode) -> Option<Name> {
    names(node).into_iter().next()
}

/// Every name in `node`, in order, none within an expression.
pub(super) fn names(node: &SyntaxNode) -> Vec<Name> {
    if Path::can_cast(node.kind()) || PathRef::can_cast(node.kind()) {
        return path(node).into_iter().collect();
    }
    node.children().flat_map(|child| names(&child)).collect()
}

/// The parts of a dotted name; of a name with a database before the schema the last two count.
fn path(node: &SyntaxNode) -> Option<Name> {
    let mut parts = parts(node);
    let name = parts.pop()?;
    Some(Name {
        schema: parts.pop(),
        name,
    })
}

/// The parts of a dotted name, in order.
pub(super) fn parts(node: &SyntaxNode) -> Vec<String> {
    let of_name = |segment: PathSegment| segment.text();
    let of_reference = |segment: PathSegmentRef| segment.text();
    within::<PathSegment>(node)
        .map(of_name)
        .chain(within::<PathSegmentRef>(node).map(of_reference))
        .collect()
}

/// The text of `node` as SQL.
pub(super) fn sql(node: &SyntaxNode) -> String {
    node.text().to_string().trim().to_owned()
}

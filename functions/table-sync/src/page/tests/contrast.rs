//! The colours of the style can be read: 4.5:1 for text, 3:1 for what only has to be seen.
//!
//! **Source**: Web Content Accessibility Guidelines 2.2, "Contrast (Minimum)", "Non-text Contrast" and "relative luminance".

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../../static/page.css");

/// Which text stands on which ground.
const TEXTS: [(&str, &str); 33] = [
    ("text", "ground"),
    ("text", "surface"),
    ("text", "raised"),
    ("quiet", "ground"),
    ("quiet", "surface"),
    ("quiet", "raised"),
    ("accent", "ground"),
    ("accent", "surface"),
    ("accent", "raised"),
    ("accent-strong", "ground"),
    ("accent-strong", "surface"),
    ("accent-strong", "raised"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("good", "good-tint"),
    ("bad", "bad-tint"),
    ("warn", "warn-tint"),
    ("new", "new-tint"),
    ("old", "old-tint"),
    ("odd", "odd-tint"),
    ("bad", "surface"),
    ("bad", "raised"),
    ("warn", "ground"),
    ("bad-tint", "bad"),
    ("text", "good-tint"),
    ("text", "bad-tint"),
    ("text", "warn-tint"),
    ("text", "new-tint"),
    ("quiet", "good-tint"),
    ("quiet", "bad-tint"),
    ("quiet", "warn-tint"),
    ("accent", "new-tint"),
    ("good", "surface"),
];

/// Which lines must be seen on which ground.
const LINES: [(&str, &str); 4] = [
    ("edge", "surface"),
    ("edge", "ground"),
    ("focus", "surface"),
    ("focus", "ground"),
];

/// The colours of a block of declarations.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let declarations = block.split("--").skip(1);
    let pairs = declarations.filter_map(|declaration| {
        let (name, rest) = declaration.split_once(": #")?;
        let channel = |at: usize| u8::from_str_radix(&rest[at..at + 2], 16).unwrap();
        Some((name, [0, 2, 4].map(|at| f64::from(channel(at)) / 255.0)))
    });
    pairs.collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|channel| {
        if channel <= 0.04045 {
            channel / 12.92
        } else {
            ((channel + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_can_be_read_by_day_and_by_night() {
    let (light, rest) = STYLE
        .split_once("@media (prefers-color-scheme: dark)")
        .unwrap();
    let dark = rest.split_once("}\n}").unwrap().0;
    for (scheme, block) in [("light", light), ("dark", dark)] {
        let colours = colours(block);
        let of = |(front, ground): (&str, &str)| contrast(colours[front], colours[ground]);
        for pair in TEXTS {
            assert!(of(pair) >= 4.5, "{scheme}: {pair:?} has {:.2}", of(pair));
        }
        for pair in LINES {
            assert!(of(pair) >= 3.0, "{scheme}: {pair:?} has {:.2}", of(pair));
        }
    }
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 0.01);
}

#[test]
fn no_colour_stands_outside_of_the_two_lists() {
    let (_, rest) = STYLE
        .split_once("@media (prefers-color-scheme: dark)")
        .unwrap();
    let (_, rules) = rest.split_once("}\n}").unwrap();
    assert!(!rules.contains('#') && !rules.contains("rgb") && !rules.contains("hsl"));
}

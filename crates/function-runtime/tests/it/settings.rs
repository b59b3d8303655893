//! Settings at fault.

use crate::process::{echo, finished, json_lines, text};

const WRONG: [(&str, &str); 3] = [
    ("LOG_LEVEL", "loud"),
    ("ECHO_WAIT_MILLISECONDS", "soon"),
    ("ECHO_TIMES", "300"),
];

#[tokio::test]
async fn a_person_reads_every_fault_on_a_line_of_its_own() {
    let output = finished(echo(&WRONG)).await;
    assert_eq!(output.status.code(), Some(2));
    let words = text(&output.stderr);
    let lines: Vec<_> = words.lines().collect();
    assert_eq!(lines.len(), 3, "{words}");
    assert!(
        lines[0].starts_with("echo: LOG_LEVEL is `loud`: "),
        "{words}"
    );
    let expected = "echo: ECHO_WAIT_MILLISECONDS is `soon`: an event takes 0 to 60000 ms";
    assert_eq!(lines[1], expected);
    assert_eq!(
        lines[2],
        "echo: ECHO_TIMES is `300`: a whole number up to 255"
    );
}

#[tokio::test]
async fn a_platform_reads_every_fault_as_an_error_of_its_own() {
    let mut env = WRONG.to_vec();
    env.extend([("PORT", "none"), ("FUNCTION_SIGNATURE_TYPE", "http")]);
    let output = finished(echo(&env)).await;
    assert_eq!(output.status.code(), Some(2));
    let lines = json_lines(&output.stdout);
    let named: Vec<_> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["severity"], "ERROR");
            line["error"].as_str().unwrap().split(' ').next().unwrap()
        })
        .collect();
    let expected = [
        "LOG_LEVEL",
        "PORT",
        "FUNCTION_SIGNATURE_TYPE",
        "ECHO_WAIT_MILLISECONDS",
        "ECHO_TIMES",
    ];
    assert_eq!(named, expected);
}

//! Why something failed, in the words of whoever knows best.

/// The innermost cause, in one line: "connection refused" says more than "error sending request".
pub(super) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().replace(['\r', '\n'], " ")
}

//! Who sits at this console: the name that releases, settlements and audits carry.

/// The operator's name: `PUSHDECK_OPERATOR`, else the login name.
pub fn name() -> String {
    let named = |key: &str| std::env::var(key).ok().filter(|name| !name.trim().is_empty());
    named("PUSHDECK_OPERATOR")
        .or_else(|| named("USER"))
        .or_else(|| named("LOGNAME"))
        .unwrap_or_else(|| "console".to_owned())
}

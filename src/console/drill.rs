//! Panics on request, in debug builds alone: the tests' way to see that a broken console gives the
//! terminal back. `PUSHDECK_PANIC` names the place; a terminal of 77 columns is the trigger.

/// A width that nobody has.
const TRIGGER: u16 = 77;

/// Panics if the tests asked for it at this place.
pub fn panic_if_asked(place: &str, columns: u16) {
    if cfg!(debug_assertions) && columns == TRIGGER {
        let asked = std::env::var_os("PUSHDECK_PANIC").is_some_and(|asked| asked == place);
        assert!(!asked, "this panic at `{place}` was asked for");
    }
}

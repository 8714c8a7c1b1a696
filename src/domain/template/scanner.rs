//! Reads what stands between a pair of braces.

use super::{Escape, Fault, Slot};

/// What a pair of braces holds.
pub(super) enum Inside {
    Slot(Slot),
    Literal(String),
}

/// Reads what stands between braces. Chinese input methods write “ ” ‘ ’ ｜ （ ）, which are taken
/// as what they stand for.
pub(super) struct Scanner<'a> {
    pub(super) rest: &'a str,
}

impl Scanner<'_> {
    /// Reads up to and with the closing braces.
    pub(super) fn placeholder(&mut self) -> Result<Inside, Fault> {
        self.blanks();
        if let Some(quoted) = self.quoted() {
            return self.close(Fault::Name).map(|()| Inside::Literal(quoted));
        }
        let end = self.rest.find(|c: char| !is_name_char(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) {
            return Err(if self.rest.contains("}}") { Fault::Name } else { Fault::Unclosed });
        }
        let name = name.to_owned();
        self.rest = rest;
        self.blanks();
        let fault = || Fault::Filter(name.clone());
        let default =
            if self.eat(&['|', '｜']) { Some(self.default_value().ok_or_else(fault)?) } else { None };
        self.close(fault())?;
        Ok(Inside::Slot(Slot { name, default, escape: Escape::None }))
    }

    fn default_value(&mut self) -> Option<String> {
        self.blanks();
        self.rest = self.rest.strip_prefix("default")?;
        self.blanks();
        if !self.eat(&['(', '（']) {
            return None;
        }
        self.blanks();
        let value = self.quoted()?;
        self.blanks();
        self.eat(&[')', '）']).then_some(value)
    }

    fn quoted(&mut self) -> Option<String> {
        let open = self.rest.chars().next()?;
        let closing: &[char] = match open {
            '"' => &['"'],
            '\'' => &['\''],
            // Both signs close both: people and programs pair them carelessly.
            '“' | '”' => &['”', '“'],
            '‘' | '’' => &['’', '‘'],
            _ => return None,
        };
        let body = &self.rest[open.len_utf8()..];
        let mut value = String::new();
        let mut chars = body.char_indices();
        while let Some((at, c)) = chars.next() {
            if closing.contains(&c) {
                self.rest = &body[at + c.len_utf8()..];
                return Some(value);
            }
            match c {
                '\\' => value.push(chars.next()?.1),
                c => value.push(c),
            }
        }
        None
    }

    fn close(&mut self, otherwise: Fault) -> Result<(), Fault> {
        self.blanks();
        match self.rest.strip_prefix("}}") {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if self.rest.contains("}}") => Err(otherwise),
            None => Err(Fault::Unclosed),
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, any: &[char]) -> bool {
        let Some(rest) = self.rest.strip_prefix(any) else { return false };
        self.rest = rest;
        true
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

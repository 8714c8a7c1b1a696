//! A QR code to follow by: the code, how long it is good, and who has come. Closing it ends the looking.

use std::path::PathBuf;

use super::Outcome;
use crate::app::desk::Desk;
use crate::app::effect::Effect;
use crate::app::request::Trouble;
use crate::app::request::errands::{Arrival, Invitation};
use crate::domain::id::ChannelId;
use crate::input::action::Action;
use crate::look::qr::Code;

/// The popup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Over which channel.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// The code, once it has come.
    pub invitation: Option<Invitation>,
    /// Who has come, the newest first.
    pub came: Vec<Arrival>,
    /// Why there is no code, or why nobody looks any more.
    pub trouble: Option<Trouble>,
}

impl Invite {
    /// One whose code is asked for.
    pub const fn new(channel: ChannelId, name: String) -> Self {
        Self { channel, name, invitation: None, came: Vec::new(), trouble: None }
    }

    /// Does an action: `y` copies the link, `w` writes the code as a picture.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> Outcome {
        match action {
            Action::CopyLine => {
                if let Some(invitation) = &self.invitation {
                    desk.copy(invitation.link.clone());
                }
                Outcome::Stays
            }
            Action::WriteFile => {
                let code = self.invitation.as_ref().and_then(|invitation| Code::of(&invitation.link));
                if let Some(picture) = code.and_then(|code| code.png().ok()) {
                    // In the folder where the console was started; the moment makes the name new.
                    let path = PathBuf::from(format!("pushdeck-{}.png", desk.now.0));
                    desk.effect(Effect::Write(path, picture));
                }
                Outcome::Stays
            }
            Action::Close => Outcome::Closes,
            _ => Outcome::Stays,
        }
    }
}

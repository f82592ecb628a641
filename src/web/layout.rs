//! The frame of a page: what stands around every page's own content.

use std::fmt::{self, Write as _};

use crate::model::{Membership, Permission, Role, VendorTerm};

use super::{
    CurrentUser, address, assets,
    context::{RequestContext, Theme},
    i18n::{Argument, Locale},
    session::SessionEnd,
};

/// What `layout.html` and `portal.html` know.
#[derive(Debug, Clone)]
pub struct Layout {
    pub locale: Locale,
    pub theme: Theme,
    pub request_id: String,
    /// This page's own address, to come back to.
    pub address: String,
    pub user: Option<NavUser>,
    /// The teams to switch between.
    pub teams: Vec<NavTeam>,
    pub team: Option<NavTeam>,
    /// Only this page can be seen now, so no other is offered.
    pub alone: bool,
    /// Until when its reader stays signed in.
    pub session: Option<SessionEnd>,
}

#[derive(Debug, Clone)]
pub struct NavUser {
    pub id: String,
    pub username: String,
    pub display_name: String,
    pub site_admin: bool,
}

#[derive(Debug, Clone)]
pub struct NavTeam {
    pub slug: String,
    pub name: String,
    pub region: &'static str,
    pub role: Role,
}

impl NavTeam {
    #[must_use]
    pub fn new(membership: &Membership) -> Self {
        Self {
            slug: membership.team.slug.to_string(),
            name: membership.team.name.clone(),
            region: membership.team.region.code(),
            role: membership.role,
        }
    }

    /// Is the audit log offered.
    #[must_use]
    pub fn may_read_audit(&self) -> bool {
        self.role.may(Permission::ReadAudit)
    }

    /// Are the team's settings offered.
    #[must_use]
    pub fn may_manage(&self) -> bool {
        self.role.may(Permission::ManageTeam)
    }

    /// The address of a page of this team, `""` for its overview.
    #[must_use]
    pub fn path(&self, page: &str) -> String {
        if page.is_empty() {
            format!("/t/{}", self.slug)
        } else {
            format!("/t/{}/{page}", self.slug)
        }
    }
}

/// A message's name, put together on the stack: a long list asks for thousands.
struct MessageName {
    bytes: [u8; 64],
    length: usize,
}

impl Default for MessageName {
    fn default() -> Self {
        Self {
            bytes: [0; 64],
            length: 0,
        }
    }
}

impl MessageName {
    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for MessageName {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        let free = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        free.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl CurrentUser {
    /// The layout of this request's page. JSON has none.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(self.context())
    }
}

impl Layout {
    /// A page for who is not signed in.
    #[must_use]
    pub fn anonymous(context: &RequestContext) -> Self {
        Self {
            locale: context.locale,
            theme: context.theme,
            request_id: context.request_id.clone(),
            address: context.page_address().to_owned(),
            user: None,
            teams: Vec::new(),
            team: None,
            alone: false,
            session: None,
        }
    }

    /// A page for whoever the request's extractors have found.
    #[must_use]
    pub fn new(context: &RequestContext) -> Self {
        let anonymous = Self::anonymous(context);
        let Some(principal) = context.principal() else {
            return anonymous;
        };
        let user = &principal.user;
        let teams = principal.memberships.iter().map(NavTeam::new);
        Self {
            user: Some(NavUser {
                id: user.id.0.clone(),
                username: user.username.to_string(),
                display_name: user.display_name.clone(),
                site_admin: user.site_admin,
            }),
            // No team is shown before the MFA set-up.
            teams: teams.filter(|_| !principal.lacks_mfa).collect(),
            team: context.team().map(NavTeam::new),
            alone: principal.lacks_mfa,
            session: principal.session_end,
            ..anonymous
        }
    }

    /// The same page at its address without what it does not know: the address that links repeat.
    #[must_use]
    pub fn at(self, address: String) -> Self {
        Self { address, ..self }
    }

    #[must_use]
    pub fn t(&self, id: impl fmt::Display) -> &'static str {
        let mut name = MessageName::default();
        // A name that is too long is no message's.
        let _ = write!(name, "{id}");
        self.locale.t(name.as_str())
    }

    #[must_use]
    pub fn t_with<V: Argument>(
        &self,
        id: impl fmt::Display,
        arguments: impl AsRef<[(&'static str, V)]>,
    ) -> String {
        let mut name = MessageName::default();
        let _ = write!(name, "{id}");
        self.locale.t_with(name.as_str(), arguments.as_ref())
    }

    /// A word of the API in the reader's language, or as it came.
    #[must_use]
    pub fn word<'a>(&self, word: &'a VendorTerm) -> &'a str {
        word.code()
            .map_or(word.original(), |code| self.locale.t(code))
    }

    #[must_use]
    pub fn asset(&self, path: &str) -> String {
        assets::address(path)
    }

    /// The path of this page, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.address.split(['?', '#']).next().unwrap_or("/")
    }

    /// Where the whole list of this page is had as a file.
    #[must_use]
    pub fn file_path(&self, ending: &str) -> String {
        format!("{}.{ending}", self.path())
    }

    /// Where this page's team is.
    #[must_use]
    pub fn team_path(&self) -> String {
        self.team
            .as_ref()
            .map(|team| team.path(""))
            .unwrap_or_default()
    }

    /// Is this page the one at `path`, or one below it.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.path()
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The same page of another team; a ticket of this team does not exist there.
    #[must_use]
    pub fn in_team(&self, team: &NavTeam) -> String {
        let section = self.path().split('/').nth(3).unwrap_or_default();
        match section {
            "vms" | "history" | "tickets" | "events" | "requests" => team.path(section),
            "audit" if team.may_read_audit() => team.path(section),
            "settings" if team.may_manage() => team.path(section),
            _ => team.path(""),
        }
    }

    /// Where signing in leads back to. A form that came too late was not sent.
    #[must_use]
    pub fn sign_in_address(&self, is_form: bool) -> String {
        let unsent = is_form.then_some("yes");
        address::with_query(
            "/login",
            &[("next", Some(&self.address)), ("unsent", unsent)],
        )
    }

    /// Where one sees until when one stays signed in, and from there back here.
    #[must_use]
    pub fn session_address(&self) -> String {
        address::with_query("/session", &[("back", Some(&self.address))])
    }

    /// Where a second factor is set up, and from there back here.
    #[must_use]
    pub fn second_factor_address(&self) -> String {
        address::with_query("/account/second-factor", &[("next", Some(&self.address))])
    }
}

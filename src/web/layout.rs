//! The layout of a page: what its templates show around the content.

use std::fmt;

use crate::model::{AddressRange, Membership, Permission, Role, User, VendorTerm, country_name};

use super::{
    CurrentUser, address, assets,
    context::{RequestContext, Theme},
    i18n::{Argument, Locale},
    session::SessionEnd,
};

/// Data of `layout.html` and `portal.html`.
#[derive(Debug, Clone)]
pub struct Layout {
    pub locale: Locale,
    pub theme: Theme,
    pub request_id: String,
    /// This page's address, to return to.
    pub address: String,
    pub user: Option<User>,
    /// The teams to switch between.
    pub teams: Vec<NavTeam>,
    pub team: Option<NavTeam>,
    /// The user may see no other page yet.
    pub alone: bool,
    pub session: Option<SessionEnd>,
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

    #[must_use]
    pub fn may_read_audit(&self) -> bool {
        self.role.may(Permission::ReadAudit)
    }

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

impl CurrentUser {
    /// The layout of this request's page. JSON has none.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(self.context())
    }
}

impl Layout {
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

    /// For the user and team that the request's extractors have found.
    #[must_use]
    pub fn new(context: &RequestContext) -> Self {
        let anonymous = Self::anonymous(context);
        let Some(principal) = context.principal() else {
            return anonymous;
        };
        let teams = principal.memberships.iter().map(NavTeam::new);
        Self {
            user: Some(principal.user.clone()),
            // No team is shown before the MFA set-up.
            teams: teams.filter(|_| !principal.lacks_mfa).collect(),
            team: context.team().map(NavTeam::new),
            alone: principal.lacks_mfa,
            session: principal.session_end,
            ..anonymous
        }
    }

    /// With the canonical address, which links repeat.
    #[must_use]
    pub fn at(self, address: String) -> Self {
        Self { address, ..self }
    }

    #[must_use]
    pub fn t(&self, id: impl fmt::Display) -> &'static str {
        self.locale.t(id)
    }

    #[must_use]
    pub fn t_with<V: Argument>(
        &self,
        id: impl fmt::Display,
        arguments: impl AsRef<[(&'static str, V)]>,
    ) -> String {
        self.locale.t_with(id, arguments.as_ref())
    }

    /// The translation of an API term, or the original.
    #[must_use]
    pub fn word<'a>(&self, word: &'a VendorTerm) -> &'a str {
        word.code()
            .map_or(word.original(), |code| self.locale.t(code))
    }

    /// The name of a country by its code.
    #[must_use]
    pub fn country(&self, code: &str) -> Option<&'static str> {
        country_name(code, self.locale == Locale::Korean)
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

    /// The address of this list's export.
    #[must_use]
    pub fn file_path(&self, ending: &str) -> String {
        format!("{}.{ending}", self.path())
    }

    #[must_use]
    pub fn team_path(&self) -> String {
        self.team
            .as_ref()
            .map(|team| team.path(""))
            .unwrap_or_default()
    }

    /// Whether this page is at `path` or below it.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.path()
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// This page's section in another team: a ticket of this one does not exist there.
    #[must_use]
    pub fn in_team(&self, team: &NavTeam) -> String {
        let section = self.path().split('/').nth(3).unwrap_or_default();
        match section {
            // An address and a search mean something in every team.
            "addresses" | "search" => {
                let page = self.address.splitn(4, '/').nth(3).unwrap_or_default();
                team.path(page)
            }
            "vms" | "history" | "tickets" | "events" | "requests" => team.path(section),
            "audit" if team.may_read_audit() => team.path(section),
            "settings" if team.may_manage() => team.path(section),
            _ => team.path(""),
        }
    }

    /// The page of an IP address or a range; `None` for what is neither, and outside a team.
    #[must_use]
    pub fn address_path(&self, text: impl AsRef<str>) -> Option<String> {
        let team = self.team.as_ref()?;
        let range = AddressRange::parse(text.as_ref()).ok()?;
        Some(team.path(&format!("addresses/{}", range.text())))
    }

    /// Signing in leads back here. A form after the session's end was not processed.
    #[must_use]
    pub fn sign_in_address(&self, is_form: bool) -> String {
        let unsent = is_form.then_some("yes");
        address::with_query(
            "/login",
            &[("next", Some(&self.address)), ("unsent", unsent)],
        )
    }

    #[must_use]
    pub fn session_address(&self) -> String {
        address::with_query("/session", &[("back", Some(&self.address))])
    }

    #[must_use]
    pub fn second_factor_address(&self) -> String {
        address::with_query("/account/second-factor", &[("next", Some(&self.address))])
    }
}

//! The route table: every page's address, methods and handlers.

use axum::{
    Router,
    routing::{get, post},
};

use crate::web::{AppState, assets};

use super::{
    account, addresses, admin, audit, events, health, history, invitation, login, preferences,
    requests, search, session, settings, setup, teams, tickets, vms,
};

/// Pages with a session.
#[rustfmt::skip]
pub fn pages() -> Router<AppState> {
    Router::new()
        .route("/", get(teams::index))

        // A team's pages.
        .route("/t/{slug}", get(teams::show))
        .route("/t/{slug}/vms", get(vms::index::index))
        .route("/t/{slug}/vms.csv", get(vms::export::export))
        .route("/t/{slug}/vms.xlsx", get(vms::export::export))
        .route("/t/{slug}/vms/add", post(vms::change::add))
        .route("/t/{slug}/vms/release", post(vms::change::release))
        .route("/t/{slug}/vms/{id}", get(vms::server::show))
        .route("/t/{slug}/history", get(history::index))
        .route("/t/{slug}/history.csv", get(history::export::export))
        .route("/t/{slug}/history.xlsx", get(history::export::export))
        .route("/t/{slug}/requests", get(requests::index::index))
        .route("/t/{slug}/requests.csv", get(requests::export::export))
        .route("/t/{slug}/requests.xlsx", get(requests::export::export))
        .route("/t/{slug}/requests/{id}", get(requests::show::show))
        .route("/t/{slug}/tickets", get(tickets::index))
        .route("/t/{slug}/tickets.csv", get(tickets::export::export))
        .route("/t/{slug}/tickets.xlsx", get(tickets::export::export))
        .route("/t/{slug}/tickets/review", post(tickets::review::review_selection))
        .route("/t/{slug}/tickets/{ticket}", get(tickets::show::show))
        .route("/t/{slug}/tickets/{ticket}/raw", get(tickets::share::raw))
        .route("/t/{slug}/tickets/{ticket}/download", get(tickets::share::download))
        .route("/t/{slug}/tickets/{ticket}/review", post(tickets::review::review))
        .route("/t/{slug}/tickets/{ticket}/assign", post(tickets::review::assign))
        .route("/t/{slug}/tickets/{ticket}/notes", post(tickets::review::note))
        .route("/t/{slug}/events", get(events::index))
        .route("/t/{slug}/events.csv", get(events::export::export))
        .route("/t/{slug}/events.xlsx", get(events::export::export))
        .route("/t/{slug}/addresses/{*address}", get(addresses::show))
        .route("/t/{slug}/search", get(search::index))
        .route("/t/{slug}/audit", get(audit::index))
        .route("/t/{slug}/audit.csv", get(audit::export::export))
        .route("/t/{slug}/audit.xlsx", get(audit::export::export))
        .route("/t/{slug}/settings", get(settings::show))
        .route("/t/{slug}/settings/archive", get(settings::archive::show))
        .route("/t/{slug}/settings/archive/sync", post(settings::archive::sync))
        .route("/t/{slug}/settings/archive/key", post(settings::archive::confirm_key))
        .route("/t/{slug}/settings/archive/retention", post(settings::retention::change))
        .route("/t/{slug}/settings/key", post(settings::replace_key))
        .route("/t/{slug}/settings/key/try", post(settings::test_key))
        .route("/t/{slug}/settings/reason", post(settings::require_reason))
        .route("/t/{slug}/settings/members", post(settings::members::add))
        .route("/t/{slug}/settings/members/role", post(settings::members::change_role))
        .route("/t/{slug}/settings/members/remove", post(settings::members::remove))

        // One's own account.
        .route("/account", get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/sessions/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_other_sessions))
        .route("/account/second-factor", get(account::second_factor::show))
        .route("/account/second-factor/start", post(account::second_factor::set_up::start))
        .route("/account/second-factor/on", post(account::second_factor::set_up::turn_on))
        .route("/account/second-factor/off", post(account::second_factor::manage::turn_off))
        .route("/account/second-factor/recovery-codes", post(account::second_factor::manage::make_recovery_codes))
        .route("/account/single-sign-on", get(account::single_sign_on::show))
        .route("/account/single-sign-on/connect", post(account::single_sign_on::connect))
        .route("/account/single-sign-on/disconnect", post(account::single_sign_on::disconnect))
        .route("/session", get(session::show))
        .route("/session/prolong", post(session::prolong))

        // The site's pages.
        .route("/admin/teams", get(admin::teams::index).post(admin::teams::create))
        .route("/admin/teams/{slug}", get(admin::team::show))
        .route("/admin/teams/{slug}/name", post(admin::team::rename))
        .route("/admin/teams/{slug}/key", post(admin::team::replace_key))
        .route("/admin/teams/{slug}/key/try", post(admin::team::test_key))
        .route("/admin/teams/{slug}/archive", post(admin::team::archive))
        .route("/admin/teams/{slug}/bring-back", post(admin::team::bring_back))
        .route("/admin/users", get(admin::users::index).post(admin::users::invite))
        .route("/admin/users/{user}", get(admin::user::show))
        .route("/admin/users/{user}/name", post(admin::user::rename))
        .route("/admin/users/{user}/site-admin", post(admin::user::site_admin))
        .route("/admin/users/{user}/disable", post(admin::user::disable))
        .route("/admin/users/{user}/enable", post(admin::user::enable))
        .route("/admin/users/{user}/link", post(admin::user::make_link))
        .route("/admin/users/{user}/link/withdraw", post(admin::user::withdraw_link))
        .route("/admin/users/{user}/second-factor", post(admin::user::reset_second_factor))
        .route("/admin/users/{user}/single-sign-on/disconnect", post(admin::user::disconnect))
        .route("/admin/users/{user}/teams", post(admin::user::teams::add))
        .route("/admin/users/{user}/teams/role", post(admin::user::teams::change_role))
        .route("/admin/users/{user}/teams/remove", post(admin::user::teams::remove))
        .route("/admin/audit", get(audit::site_index))
        .route("/admin/audit.csv", get(audit::export::site_export))
        .route("/admin/audit.xlsx", get(audit::export::site_export))

        // Links.
        .route("/invitation/{token}", get(invitation::form).post(invitation::choose))
        .route("/invitation/{token}/single-sign-on", post(invitation::by_provider))
        .route("/setup/{token}", get(setup::form).post(setup::set_up))
}

/// Pages that start and end a session.
#[rustfmt::skip]
pub fn login() -> Router<AppState> {
    Router::new()
        .route("/login", get(login::password::form).post(login::password::sign_in))
        .route("/login/code", get(login::code::form).post(login::code::sign_in))
        .route("/login/single-sign-on", get(login::single_sign_on::start))
        .route("/login/single-sign-on/callback", get(login::single_sign_on::callback))
        .route("/logout", post(login::sign_out))
}

/// Addresses that read no session.
#[rustfmt::skip]
pub fn without_session() -> Router<AppState> {
    Router::new()
        .route("/preferences", post(preferences::choose))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/static/{fingerprint}/{*path}", get(assets::serve))
}

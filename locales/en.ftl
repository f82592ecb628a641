### The portal's words. Keep the order of ko.ftl.

## Frame

portal = Secmon Portal
portal-what = View and manage Security Monitoring without a console account.
skip = Skip to the content
team = Team
teams = Teams
users = Users
switch-team = Switch team
choose-team = Choose a team
all-teams = All teams
sections = Sections
overview = Overview
vms = Servers
tickets = Response tickets
events = Detected events
requests = Change requests
history = Monitoring history
audit = Audit log
settings = Settings
account = My account
admin-teams = All teams of the site
admin-users = All users of the site
admin-audit = Audit log of the site
sign-in = Sign in
sign-out = Sign out
username = Username
display-name = Name
password = Password
sign-in-failed = Wrong username or password.
sign-in-wait = Signing in has failed several times. Try again in { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
}.
sign-in-late = Signing in took longer than five minutes. Please start again.
sign-in-changed = Your account was changed while you were signing in. Please sign in again.
sign-in-unsent = Your session had ended, so your form was not sent and nothing was done. Sign in, and fill it in again.
sign-in-unsent-kept = Your session had ended, so your form was not sent and nothing was done. Sign in, and it is filled in for you again, without passwords and keys.
draft-restored = Your form was not sent before you signed in. It is filled in again as you left it, without passwords and keys. Check it and send it.
sign-in-turned-off = Nobody signs in to this portal by password.
sign-in-with = Sign in with { $provider }
sign-in-or = or
signed-out = You are signed out
signed-out-here = You are signed out of the portal. At { $provider } you may still be signed in.
sign-out-there = Sign out at { $provider } too
sign-out-there-yourself = { $provider } cannot be reached, or does not say where to sign out. If others use this device too, please sign out there yourself.
sign-in-back = To the sign-in page
single-sign-on = Single sign-on
single-sign-on-leave = You sign in at { $provider } now. From there you come back to the portal.
single-sign-on-go = Go to { $provider }
single-sign-on-refused = Signing in with { $provider } has failed
single-sign-on-not-begun = It took longer than ten minutes, or was begun in another browser or another tab. Please start again.
single-sign-on-again = This sign-in was used before. Please start again.
single-sign-on-denied = You have cancelled it, or { $provider } does not let you sign in to this portal.
single-sign-on-error = { $provider } says that something went wrong. If it happens again, please tell a site admin.
single-sign-on-unreachable = { $provider } cannot be reached, or did not answer in time. Please try again in a moment.
single-sign-on-expired = What { $provider } said about your sign-in is out of date. If it happens again, please tell a site admin: a server's clock may be wrong.
single-sign-on-unbelievable = What { $provider } answered could not be verified, so it was not believed. If it happens again, please tell a site admin, with the request number below.
single-sign-on-no-account = No account of the portal is connected with it. If you were given an invitation link, open that. If you have an account, sign in by password and connect it under “My account”. Otherwise please ask a site admin.
single-sign-on-not-invited = No account of the portal is connected with it. If you were given an invitation link, open that. Otherwise please ask a site admin.
single-sign-on-disabled = Your account has been disabled. Please ask a site admin.
single-sign-on-others = Another account of the portal is connected with this account of { $provider }.
single-sign-on-no-session = The session that began this is over. Please sign in again and connect it under “My account”.
language = Language
theme = Theme
theme-system = System
theme-light = Light
theme-dark = Dark
yes = Yes
region = Region
role = Role
your-role = Your role:
site-admin = Site admin
try-again = Try again
go-back = Go back
to-start = To the start page
sending = Sending…
cancel = Cancel
since = since
state-since = not monitored since
optional = (optional)
filter = Filter
filter-clear = Clear filter
export = Download:
export-item = Item
export-happened = Result
export-original = { $title } (as the API wrote it)
export-sheet = { $total ->
    [1] List
   *[other] Sheet { $number } of { $total }
}
about = About this file
about-list = List
about-team = Team
about-all-teams = All teams
about-period = Period
about-period-all = All
about-filters = Filters
about-filters-none = None
about-filter = Filter
about-order = Order
about-zone = Time zone
about-made = Created
about-by = Created by
about-as-of = As of
about-completeness = Completeness
about-complete = Complete
about-complete-since = Complete since { $since }. Earlier rows have not all been read from the source yet.
about-incomplete = Incomplete: the rows have not all been read from the source yet.
about-rows = Rows
about-limits = Limits of Excel
about-sheets = The list continues on { $count } sheets: a sheet holds 1,048,576 rows.
about-long-cells = { $count ->
    [1] 1 cell is longer than the 32,767 characters that a cell holds.
   *[other] { $count } cells are longer than the 32,767 characters that a cell holds.
} The rest stands behind the last column of the row.
export-goes-on = {" "}… (goes on in column { $column })
vms-list = List
copy = Copy { $text }
copied = Copied

## Roles and regions

role-viewer = Viewer
role-manager = Manager
role-operator = Operator
role-admin = Admin
role-viewer-may = May see everything of the team.
role-manager-may = May see everything of the team and its audit log.
role-operator-may = May see everything including the audit log, and add and release VMs.
role-admin-may = May do all that an operator may, and manage the team.
region-kr1 = Korea (Pangyo) region
region-kr2 = Korea (Pyeongchon) region
region-kr3 = Korea (Gwangju) region
region-gov-kr1 = Government Korea (Pangyo) region
region-gov-kr2 = Government Korea (Pyeongchon) region

## Lists

pages = Pages
page-first = First
page-previous = Previous
page-next = Next
page-last = Last
page-number = Page { $page }
page-of = Page { $page } of { $pages }
page-past-the-end = No more items.
page-lacks-rows = The Secmon API says that this list has { $total } rows, but sent none of those that belong on this page. Something is wrong there; try again later.
search-cut = Only the first { $max } characters of the text are used.
filter-unknown = The address asks for a filter value that does not exist, so nothing is shown.
filter-search = Search
filter-from = From
filter-to = To
filter-type = Type
filter-address = IP address
filter-other = Condition
filter-reviewed-yes = Reviewed
filter-reviewed-no = Not reviewed
filter-assignee-none = Nobody
filter-chips = Active filters
filter-apply = Apply filters
filter-remove = Remove this filter
period-today = Today
period-7-days = 7 days
period-30-days = 30 days
period-90-days = 90 days
period-month = This month
rows-of = { $from }–{ $to } of { $total }
rows-all = { $total } in all
rows-per-page = Rows per page
rows-hidden = Nothing matches. { $rows ->
    [one] { $rows } row is hidden by this filter.
   *[other] { $rows } rows are hidden by this filter.
}
rows-none = There are no rows.
row-gone = Gone at source
row-choose = Choose { $id }
archive-as-of = As of
archive-complete = Complete
archive-complete-since = Complete since
archive-incomplete = Earlier rows are still being read
archive-refresh = Refresh
archive-source-down = The Secmon API does not answer. This page shows what was read last.
ticket-reviewed = Reviewed
ticket-reviewed-by = Reviewed by
ticket-assignee = Assignee
ticket-servers = Servers
rows-span = { $from }–{ $to } of { $total } in all
rows-total = { $total } in all
rows-unknown = Number of rows not known
number = { $n }
source-ip = Source IP
source-port = Source port
destination-ip = Destination IP
destination-port = Destination port
destination-country = Destination country

## Teams and overview

teams-none = You are not a member of any active team. Ask an administrator to add you to one, or to restore yours if it was archived.
teams-none-admin = You are not a member of any active team. As a site admin you see all teams and can restore archived ones.
vms-what = See which servers are monitored and which are not; add and release them.
tickets-what = Incident responses by the monitoring center, newest first.
events-what = Detected events, up to three months back. Times are Korean time (KST, UTC+9).
events-archived-what = Everything that was detected, as far back as the archive reaches. Times are Korean time (KST, UTC+9).
history-archived-what = Monitoring changes as the API recorded them.
history-what = Monitoring changes as the API recorded them, newest first.
history-asked-by-what = The API names no person. Where names and time fit a request made through this portal, the portal says who asked. Where several servers have the name, it adds “a server of this name”: the change may be about another one.
audit-what = All actions in this portal with their outcome, newest first.
recent-requests = Recent requests
recent-requests-none = Nothing has been added or released through this portal yet.
requests-find = Search server, IP, ID or reason
requests-find-hint = e.g. web, 133.186
requests-none-match = No requests match.
request-state = State
request-id = Request
request-state-sending = Being sent
request-state-accepted = Accepted
request-state-waiting = Waiting
request-state-done = Done
request-state-failed = Failed
request-state-skipped = Not sent
request-state-unknown = Unknown
request-state-overdue = Overdue
request-state-reverted = Reverted
request-state-expired = No longer tracked
requests-all = All requests
coverage = Coverage
coverage-all = Coverage of all teams
coverage-line = { $monitored } of { $servers } servers are monitored.
coverage-waiting = { $servers } waiting
coverage-not-monitored = { $servers } not monitored
coverage-not-read = No data yet.
coverage-not-read-do = It will appear shortly; opening Servers reads the lists at once.
coverage-failing = The lists could not be read { $times ->
    [one] when the portal last tried
   *[other] the last { $times } times
}, so that what stands here may be out of date.
coverage-failing-do = Open Servers to see why
unprotected = Unmonitored servers
rows-newest = { $rows ->
    [one] The latest one.
   *[other] The latest { $rows }.
}
unprotected-since = Not monitored since
unprotected-left = { $servers ->
    [one] One more unmonitored server
   *[other] { $servers } more unmonitored servers
}
or-longer = or earlier
mark-new = New server
mark-elsewhere = Released outside this portal
server = Server
vm-addresses = Addresses
server-changes = Changes in the last 7 days
server-changes-none = In the last 7 days the portal has seen no server come or go, and no monitoring begin or end.
change-seen = Seen
change-what = Change
change-between = Between { $after } and { $at }
change-by = asked by { $user }
server-appeared = New
server-monitored = Monitored
server-released = No longer monitored
server-withdrawn = Request for monitoring withdrawn
server-gone = No longer listed
back-to-vms = Back to Servers
server-id = ID
server-not-listed = The API does not list it. It may have been deleted, or moved to another team.
since-monitored = Monitored since
since-waiting = Waiting since
since-not-monitored = Not monitored since
server-do-add = Add to monitoring…
server-do-release = Release from monitoring…
server-goes-along = Its load balancer and all VMs behind it go along.
server-requests-none = Nothing has been asked for it through this portal.
server-seen = Status history
server-seen-none = Since the portal began to read the lists, its monitoring has neither begun nor ended.
server-history-what = Matched by name; may include other servers of the same name.
server-tickets-what = Tickets from or to its addresses.
server-events-what = Events of the last 7 days from or to its addresses.
server-events-archived-what = Events from or to its addresses.
related-of = { $rows } of { $total }, the newest.
related-newest = The newest { $rows }.
related-all = Show all
looked-all = { $rows } of all { $looked }.
looked-newest = { $rows } of the newest { $looked }; older ones were not looked through.
request-line-by = { $user }:
request-line-add = { $items ->
    [one] Add one item to monitoring
   *[other] Add { $items } items to monitoring
}
request-line-release = { $items ->
    [one] Release one item from monitoring
   *[other] Release { $items } items from monitoring
}
requests-what = Servers added or released through this portal, newest first. Each request is tracked in the API's lists to its end.
request-asked-at = Asked at
request-what = Request
request-by = Asked by
request-servers = Servers
request-steps = Steps
request-settled-at = Ended
request-followed = In progress. Reload this page for the latest state.
back-to-requests = ← Requests
lasting-moment = just now
lasting-minutes = { $n ->
    [one] for 1 minute
   *[other] for { $n } minutes
}
lasting-hours = { $n ->
    [one] for 1 hour
   *[other] for { $n } hours
}
lasting-days = { $n ->
    [one] for 1 day
   *[other] for { $n } days
}

## Servers

vms-filter = Search name, IP, OS or status
vms-filter-hint = e.g. web, 133.186, Ubuntu
list = List
list-all = Both lists
list-not-monitored = Not monitored
list-pending = Requested, waiting
list-monitored = Monitored
list-unknown = A list that does not exist
show = Show
show-everything = All servers
show-new = New servers that nobody has added
show-elsewhere = Servers released outside this portal
show-unknown = A choice that does not exist
show-changed = Servers that changed in the last 7 days
lists-read = As of
vms-not-monitored = Not monitored
vms-monitored = Monitored or pending
vms-count = { $items ->
    [one] one item to choose
   *[other] { $items } items to choose
}, { $servers ->
    [one] one VM
   *[other] { $servers } VMs
}
vms-matching = Only the { $matching } that match the filter are shown, of { $items }
vms-none-match = No servers match.
vms-not-monitored-none = No server is without monitoring.
vms-monitored-none = No server is monitored.
vms-not-monitored-hint = Select what to add. A load balancer is added only with all the VMs behind it. Adding starts a charge and takes up to one hour.
vms-monitored-hint = Select what to release. A load balancer is released only with all the VMs behind it. You will be asked to confirm first.
vm-name = Name
vm-os = OS
vm-status = Status
floating-ip = Floating IP
fixed-ip = Fixed IP
load-balancer = Load balancer
load-balancer-not-monitored = { $servers ->
    [one] its VM is added with it
   *[other] its { $servers } VMs are added with it
}
load-balancer-monitored = { $servers ->
    [one] its VM is released with it
   *[other] its { $servers } VMs are released with it
}
load-balancer-of = { $servers ->
    [one] (load balancer, one VM)
   *[other] (load balancer, { $servers } VMs)
}
choose-load-balancer = Select the whole load balancer { $name }
choose-vm = Select { $name }
choose-all-shown = Select all that is shown on this page
choose-none = Clear selection
chosen-none = None selected
chosen-some = { $items } selected (VMs: { $servers })
chosen-elsewhere = { $items } of them not shown on this page
chosen-page-only = Without scripts, a selection holds only for the page that is shown.
add-chosen = Add selected to monitoring…
release-chosen = Release selected from monitoring…
add-all = Add all { $items } of the list…
add-all-matching = Add all { $items } that match…
release-all = Release all { $items } of the list…
release-all-matching = Release all { $items } that match…
vms-nothing-chosen = Select at least one server. Nothing was changed.
vms-too-many = At most 5,000 items can be sent at once. Send them in parts. Nothing was changed.
confirm-add-title = Add to monitoring?
confirm-release-title = Release from monitoring?
confirm-add-effect = { $items ->
    [one] One item
   *[other] { $items } items
} with { $servers ->
    [one] one VM
   *[other] { $servers } VMs
} will be monitored.
confirm-release-effect = { $items ->
    [one] One item
   *[other] { $items } items
} with { $servers ->
    [one] one VM
   *[other] { $servers } VMs
} will no longer be monitored.
confirm-everything = The whole list is selected, not only what the page showed. All of it stands below.
confirm-all-matching = All that matches { $text } is selected, not only what the page showed. All of it stands below.
confirm-balancers = { $balancers ->
    [one] 1 load balancer goes as a whole, together with { $behind ->
        [one] the VM
       *[other] the { $behind } VMs
    } behind it.
   *[other] { $balancers } load balancers go as a whole, together with { $behind ->
        [one] the VM
       *[other] the { $behind } VMs
    } behind them.
}
confirm-add-billing = Monitoring is billed to the organisation's payment method. Adding starts the charge.
confirm-release-billing = Monitoring is billed to the organisation's payment method. Attacks on a released server are no longer detected.
confirm-duration = After the API has accepted it, it takes up to one hour.
confirm-servers = VMs included
confirm-others = Skipped
confirm-nothing = None of the selected servers can be sent. Nothing was changed.
confirm-no-token = The form is too old or has to be confirmed, so nothing was done yet. Check what is below and send it.
confirm-used = This form was sent before with another choice. For this choice nothing was done yet. Check what is below and send it.
confirm-used-link = See the outcome of the first one
confirm-changed = The VMs that go along have changed meanwhile, so nothing was done. Check again what is below and send it.
confirm-no-reason = This team asks for a reason when servers are added or released. Nothing has been done yet.
confirm-long-reason = A reason may have up to 500 characters. Nothing has been done yet.
stated-reason = Reason
stated-reason-what = Recorded in the audit log; it cannot be edited later. For example: maintenance, CHG-1234
confirm-add-do = { $items ->
    [one] Add one item
   *[other] Add { $items } items
}
confirm-release-do = { $items ->
    [one] Release one item
   *[other] Release { $items } items
}

## What became of a request

outcome-item = Item
outcome-asked = Asked
outcome-happened = Result
outcome-next = Next step
outcome-as-of = as of
outcome-whole = See the latest state of this request ({ $items })
outcome-reason = Reason: { $reason }
outcome-as-text = As text
outcome-copy = Copy the result
asked-add = Add to monitoring
asked-release = Release from monitoring
items-count = { $items ->
    [one] one item
   *[other] { $items } items
}
state-add-planned = Not sent yet.
state-add-sending = Being sent.
state-add-accepted = Accepted. Monitoring starts within one hour.
state-add-waiting = Accepted and listed as waiting. Monitoring starts within one hour.
state-add-done = Done: the API lists it as monitored.
state-add-not-done = Not added.
state-add-not-known = Not known yet.
state-add-overdue = Overdue: an hour has passed and it is not monitored yet.
state-add-undone = Reverted: the API no longer lists it as monitored.
state-add-expired = Expired: the portal could not find out whether it was added.
state-release-planned = Not sent yet.
state-release-sending = Being sent.
state-release-accepted = Accepted. The release takes up to one hour.
state-release-waiting = Accepted and waiting. The release takes up to one hour.
state-release-done = Done: the API no longer lists it as monitored.
state-release-not-done = Not released.
state-release-not-known = Not known yet.
state-release-overdue = Overdue: an hour has passed and the API still lists it as monitored.
state-release-undone = Reverted: the API lists it as monitored again.
state-release-expired = Expired: the portal could not find out whether it was released.
reason-not-listed = The API does not list it, so it was not sent.
reason-already-monitored = It is monitored or waiting already, so it was not sent.
reason-already-released = It is not monitored, so it was not sent.
reason-behind-load-balancer = It is behind a load balancer and cannot be sent by itself.
reason-not-sendable = The API gave it no usable identifier, so it was not sent.
reason-lists-failed = The API's lists could not be read, so it was not sent.
reason-refused = The API refused it.
reason-not-reached = The API could not be reached, so it was not sent.
reason-token-failed = The access token required by the API could not be obtained, so it was not sent.
reason-asked-already = It was requested before and may still take effect, so it was not sent again.
under-way = Already requested by { $user } at { $at }; in progress.
reason-not-sent = The portal stopped before it was sent.
reason-no-answer = The API timed out.
reason-bad-answer = Unexpected response from the API.
reason-interrupted = The portal stopped while it was being sent.
reason-not-shown = The API accepted it, but its lists do not show it.
reason-elsewhere = Changed outside this portal.
reason-overtaken = Superseded by a later request.
reason-gone = The API's lists no longer hold this server. It was probably deleted.
reason-unresolved = The API's lists did not show the outcome within 24 hours, so tracking ended.
todo-planned = Reload this page in a moment.
todo-sending = Reload this page in a moment.
todo-accepted = No action needed. Its status shows in the lists.
todo-waiting = No action needed. The portal keeps checking.
todo-done = No action needed.
todo-not-done = Send it again.
todo-not-known = Reload this page and look at the lists.
todo-overdue = Contact NHN Cloud support.
todo-undone = Check whether that was intended, and request again if needed.
todo-expired = Check the server under Servers, and request again if needed.
todo-not-listed = Reload the lists. It may have been deleted meanwhile.
todo-already-monitored = No action needed.
todo-already-released = No action needed.
todo-behind-load-balancer = Select the load balancer. All the VMs behind it go along.
todo-not-sendable = Contact NHN Cloud support.
todo-lists-failed = Send it again in a moment.
todo-refused = Read what the API says. Parts of it may take effect all the same: look at the lists before you send it again, or contact NHN Cloud support.
todo-not-reached = Look at the lists and send it again.
todo-token-failed = Ask an admin of the team to check the token credentials, and send it again.
todo-asked-already = Reload this page and look at the lists.
todo-not-sent = Send it again.
todo-no-answer = It may still take effect. Reload this page before you send it again.
todo-bad-answer = It may still take effect. Reload this page before you send it again.
todo-interrupted = Look at the lists and send it again if need be.
todo-not-shown = Contact NHN Cloud support. The portal keeps checking for a day.
todo-elsewhere = Check whether that was intended, and request again if needed.
todo-overtaken = No action needed. See the later request.
todo-gone = No action needed if the server was deleted. Otherwise contact NHN Cloud support.
todo-unresolved = Check the server under Servers. If its state is wrong, request again or contact NHN Cloud support.
short-add-planned = asked
short-add-sending = sent
short-add-accepted = accepted
short-add-waiting = waiting
short-add-done = monitored
short-add-not-done = not done
short-add-not-known = not known
short-add-overdue = overdue
short-add-undone = reverted
short-add-expired = expired
short-release-planned = asked
short-release-sending = sent
short-release-accepted = accepted
short-release-waiting = waiting
short-release-done = released
short-release-not-done = not done
short-release-not-known = not known
short-release-overdue = overdue
short-release-undone = reverted
short-release-expired = expired

## Monitoring history

history-registered = Registered
history-kind = Change
history-status = Status
history-names = What
history-through = Asked by
outside-the-portal = outside the portal
server-of-this-name = a server of this name
history-contents = Details
history-reason = Reason
history-meter = Billing
history-id = Number
history-none = There are no changes.

## Tickets

ticket = Ticket
ticket-detected = Detected
ticket-name = Name
ticket-status = Status
ticket-verdict = Verdict
ticket-kind = Type
ticket-attack = Attack
ticket-id = Number
ticket-description = Description
ticket-summary = Attack summary
ticket-analysis = Analysis
ticket-deep-analysis = Deep analysis
ticket-without-name = Ticket without a name
tickets-none = There are no tickets.
tickets-views = Views
tickets-all = All
tickets-unreviewed = Not reviewed
tickets-mine = Assigned to me
tickets-selection = Select tickets in the list.
tickets-mark-reviewed = Mark selected tickets as reviewed
tickets-reviewed = The selected tickets are marked as reviewed.
tickets-nothing-chosen = No ticket was selected.
ticket-neighbors = Tickets before and after
ticket-gone-since = The Secmon API does not list this ticket since
ticket-gone = The Secmon API does not have this ticket any more. This page shows the archived copy.
ticket-parts-unread = The analysis was not read yet.
ticket-copy-text = Copy as text
ticket-copy-markdown = Copy as Markdown
ticket-download = HTML file
ticket-attacks = Analysis table
ticket-attacks-first = Only the first { $rows } rows are shown; the analysis holds all.
attack-ended = Ended
attack-count = Attacks
attack-events = Archived events
source-country = Source country
ticket-review = Review
ticket-mark-reviewed = Mark as reviewed
ticket-reopen = Mark as not reviewed
ticket-assign = Assign
ticket-review-saved = Marked as reviewed.
ticket-review-taken-back = Marked as not reviewed.
ticket-assigned = The assignee is saved.
ticket-review-unknown = The form does not say whether the ticket is reviewed. Nothing was changed.
ticket-assignee-unknown = The assignee must be a member of the team. Nothing was changed.
notes = Notes
notes-none = There are no notes.
note-add = Add a note
note-text = Text of the note
note-edit = Edit
note-save = Save
note-saved = The note is saved.
note-edited = edited
note-earlier = Earlier versions
note-empty = Enter the text of the note.
note-too-long = A note holds up to 10,000 characters. Your text is kept below.
note-conflict = Somebody else edited this note in the meantime. Your text is kept below; compare it with the current text and save again.
ticket-timeline = Changes seen
ticket-part-before = Before:
ticket-related = Related tickets
ticket-related-what = Tickets within seven days with the same source or destination.
archive-stale = newer rows are being read
back-to-tickets = ← Response tickets
part-empty = Nothing was written here.
part-truncated = This part is too long: its end is not shown here.
part-download = Download all of it as text
analysis-times = Times in the analysis carry no time zone.

## Events

events-start = From (KST, UTC+9)
events-end = To (KST, UTC+9)
events-show = Show
events-presets = Ranges
events-last-hour = Last hour
events-today = Today
events-last-day = Last 24 hours
events-last-week = Last 7 days
events-last-month = Last 31 days
events-last-quarter = Last 3 months
events-start-problem = The start cannot be read. Write it like 2026-01-31T09:00.
events-end-problem = The end cannot be read. Write it like 2026-01-31T09:00.
events-order-problem = The end is before the start.
events-none = No event was detected in this range.
event-detected = Detected
event-severity = Severity
event-name = Event
event-direction = Direction

## Search, addresses, archive

search = Search
search-label = Search the team
search-hint = Search ( / )
search-help = Searches tickets, events, servers, change history and notes. Several words must all match. "Quotes" find a phrase, -word excludes. A ticket number or a server ID opens directly.
search-is-cut = The search was too long. Only its first 200 characters were used.
search-none = No results.
search-address = Show everything about { $address }
search-events-address = Events with this address
search-events-port = Events on this port
search-events-name = Events with this name
search-servers = Servers
search-notes = Notes
show-all-rows = Show all
protection-not-monitored = Not monitored
protection-waiting = Requested
protection-monitored = Monitored
address-of = Address
address-first-seen = First seen
address-last-seen = Last seen
address-never-seen = The archive has no record of this address.
address-country = Country
address-where = Appears in
address-count = Count
address-tickets-source = Tickets, as source
address-tickets-destination = Tickets, as destination
address-tickets-text = Tickets that mention it
address-events-source = Events, as source
address-events-destination = Events, as destination
address-servers = Servers with this address
address-days = Events of the last 90 days
address-days-label = Bar chart of events by day over the last 90 days: { $total } in all, { $most } on the busiest day.
address-days-table = Table by day
address-days-cut = There are many events. Only the latest 100,000 are counted by day.
address-day = Day
address-targets = Attacked
address-attackers = Attacked by
address-names = Event names
address-tickets = Tickets, as source or destination
address-events = Detected events
address-unknown = Not an IP address
address-unknown-what = “{ $text }” is neither an IP address nor a range. Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32, or search below.
archive = Archive
archive-what = Keeps every ticket, event and history entry that the API has shown: the newest first, then back to the beginning.
archive-show = Show how complete the archive is
archive-is-off = Synchronization is off (SECMON_PORTAL_SYNC_INTERVAL=off). Nothing new is archived.
archive-not-begun = Nothing is archived yet. The first synchronization is due.
archive-kind = Kind
archive-stored = Stored
archive-reach = Complete
archive-last-success = Last success
archive-last-error = Last error
archive-reading-back = reading back: { $month }
archive-progress = { $stored } of { $listed }
archive-vanished = { $rows } rows disappeared from the API at once. The archive keeps them.
archive-sync-now = Synchronize now
archive-sync-is-due = Synchronization starts. Reload this page in a moment.
archive-key-refused = The replaced appKey shows none of the archived tickets. It may belong to another service, so synchronization has stopped.
archive-key-confirm = Go on with this key
archive-key-is-confirmed = Synchronization goes on with the new key.
archive-retention = Retention
archive-retention-what = Leave it empty to keep everything. With a number of months, older rows are deleted from the archive. What would be deleted is shown before it is saved.
archive-months = Months to keep
archive-keep-all = everything
archive-months-problem = Enter a number of months from 1 to 1200.
archive-retention-ask = Keep only { $months } months?
archive-retention-final = These rows are deleted within an hour and cannot be restored. The API may not have them any more.
archive-retention-do = Delete old rows
archive-retention-is-set = The retention is saved.
archive-holds-nothing = The archive is empty: its first synchronization has not finished, or synchronization is off. Only servers are searched.

## Audit log

audit-at = When
audit-actor = Actor
audit-action = Action
audit-object = Target
audit-outcome = Outcome
audit-address = Address
audit-request = Request
audit-none = Nothing is recorded.
audit-none-match = No row matches the filter.
audit-find = Find by object, server, address or number
audit-find-hint = e.g. web-01, 10.0.0.3
audit-any = Any
audit-time-problem = The time cannot be read.
audit-session = Session
audit-set-up = Portal set up
audit-exported = File requested
audit-export-ended = File completed
audit-export-rows = { $address } (rows: { $rows })
audit-command-line = Command line
audit-by-portal = The portal
audit-as-now = current state
audit-signed-in = Sign-in
audit-signed-out = Sign-out
audit-password-given = Password confirmed
audit-tries-paused = Sign-in throttled
audit-session-ended = Session ended
audit-control-add = Add to monitoring
audit-control-release = Release from monitoring
audit-control-settled = Control request ended
audit-opened = Access denied
audit-ticket-reviewed = Ticket marked reviewed
audit-ticket-reopened = Ticket marked not reviewed
audit-ticket-assigned = Ticket assigned
audit-note-added = Note added
audit-note-edited = Note edited
audit-team-added = Team added
audit-team-key-replaced = appKey replaced
audit-team-removed = Team removed
audit-team-changed = Team changed
audit-team-archived = Team archived
audit-team-brought-back = Team restored
audit-archive-key-confirmed = appKey confirmed for the archive
audit-archive-retention-changed = Archive retention changed
audit-connection-tried = Connection tested
audit-reason-required = Reason made required
audit-reason-optional = Reason made optional
audit-user-added = User added
audit-member-added = Team member added
audit-member-role-changed = Role changed
audit-member-removed = Team member removed
audit-password-set = Password set
audit-user-disabled = User disabled
audit-user-enabled = User enabled
audit-user-renamed = User renamed
audit-site-admin-made = Site admin granted
audit-site-admin-taken = Site admin revoked
audit-link-made = Password link created
audit-link-withdrawn = Password link revoked
audit-password-reset = Password reset
audit-password-chosen = Password set by link
audit-secret-key-replaced = Encryption key replaced
audit-second-factor-on = Two-factor authentication turned on
audit-second-factor-off = Two-factor authentication turned off
audit-second-factor-reset = Two-factor authentication reset
audit-second-factor-given = Code at two-factor authentication
audit-recovery-code-used = Recovery code used
audit-recovery-codes-made = New recovery codes created
audit-identity-connected = Single sign-on connected
audit-identity-disconnected = Single sign-on disconnected
audit-outcome-started = Started
audit-outcome-done = Done
audit-outcome-refused = Refused
audit-outcome-see-items = See each item
audit-outcome-incomplete = Broken off

## My account

password-change = Change password
password-old = Current password
password-new = New password
password-again = New password again
password-rules = A new password has at least 12 characters and is hard to guess, also for somebody who knows your name and this portal. Several words that do not belong together are easy to remember.
password-effect = Changing it ends all your other sessions.
password-changed = The password is changed. All your other sessions are ended.
password-old-wrong = The current password is wrong.
password-short = The new password must have at least 12 characters.
password-long = The new password is too long: at most 1,024 bytes.
password-guessable = The new password is easy to guess: it is made of common words, repetitions, rows of keys or dates. Choose several words that do not belong together.
password-own-words = The new password is made of your name or of words of this portal. Use words that others would not think of.
password-different = The two new passwords differ.
single-sign-on-what = Sign in with your account of { $provider } in the place of a password.
single-sign-on-connected = Connected
single-sign-on-not-connected = Not connected
single-sign-on-change = Change the connection
single-sign-on-as = Name at { $provider }
single-sign-on-since = Connected since
single-sign-on-connect = Connect { $provider }
single-sign-on-connect-what = The account that signs in at { $provider } next is connected. Sign in there with your own.
single-sign-on-is-connected = It is connected: you can sign in with that account now.
single-sign-on-disconnect = Disconnect
single-sign-on-disconnect-what = You can sign in by password only then, and all other sessions end.
single-sign-on-is-disconnected = It is disconnected. All other sessions have ended.
single-sign-on-only-way = You have no other way to sign in, so you cannot change this yourself. Please ask a site admin.
sessions = Active sessions
sessions-what = Where you are signed in. If you do not recognize a session, sign it out and change your password.
session-used = Last used
session-started = Signed in
session-ends = Idle timeout
session-address = IP address
session-device = Device
session-this = This session
session-end = Sign out
session-ended = The session is signed out.
sessions-end-others = Sign out all other sessions
sessions-ended = All your other sessions are signed out.
session-page = How long you stay signed in
session-until = Signed in until
session-latest = Expires at
session-ends-what = Every page that you open keeps you signed in for longer, up to the expiry time. Viewing this page does not.
session-prolong = Stay signed in
session-is-prolonged = You stay signed in for longer.
session-last = This cannot be made longer. Sign in again after that time.
session-back = Back to where you were
session-warning = You will be signed out soon
session-warning-what = Your session ends soon, since it was not used. What you have typed is not lost: it is shown again after you sign in.
session-warning-last = Your session ends soon and cannot be made longer. Finish what you are doing; what you send later is shown again after you sign in.
session-over = You are signed out
session-over-what = Your session has ended. You can go on: what you send is kept, and shown again after you sign in.
sign-in-again = Sign in again
close = Close

## Two-factor authentication

second-factor = Two-factor authentication
second-factor-what = After your password you are asked for a code from an app on your phone. A stolen password alone no longer opens your account.
second-factor-must = Your role requires two-factor authentication. Turn it on now; until then nothing else is shown.
second-factor-on = On
second-factor-off = Off
second-factor-set-up = Turn on…
second-factor-start = Turn on two-factor authentication
second-factor-turn-off = Turn off two-factor authentication
second-factor-scan = Add the portal to your authenticator app
second-factor-scan-how = Scan this picture with an app that makes one-time codes, such as Google Authenticator or Microsoft Authenticator.
second-factor-picture = QR code for the authenticator app. The key below says the same as text.
second-factor-open = The app is on this device: open it
second-factor-type = Cannot scan? Type the key in
second-factor-account = Account
second-factor-key = Key
second-factor-key-copy = Copy the key
second-factor-kind = Kind of code
second-factor-kind-time = By time, six digits, every 30 seconds (SHA-1)
second-factor-confirm = Enter the authentication code that the app shows now
second-factor-first-code-wrong = The code does not fit the key. Check that the clock of your phone is right, and enter the code that the app shows now.
second-factor-effect = Turning it on ends all your other sessions.
second-factor-is-on = Two-factor authentication is on. All your other sessions are ended.
second-factor-is-off = Two-factor authentication is off. All your other sessions are ended.
second-factor-since = On since
second-factor-change = Change two-factor authentication
second-factor-change-how = Turning it off and new recovery codes need your password and a code. To move to another phone, turn it off and on again.
sign-in-again-to-change = Your account has no password. Please sign out, sign in again, and do this within ten minutes.
recovery-codes = Recovery codes
recovery-codes-keep = Keep these codes where you find them without your phone: print them, or put them in a password manager. Each of them lets you in once in place of a code from the app. They are shown only now.
recovery-codes-copy = Copy all recovery codes
recovery-codes-kept = I have kept them – go on
recovery-codes-left = Recovery codes left
recovery-codes-count = { $left ->
    [one] One recovery code is left.
   *[other] { $left } recovery codes are left.
}
recovery-codes-make = Make new recovery codes
recovery-codes-replaced = New recovery codes are made. The ones before no longer work.
recovery-code-used = You signed in with a recovery code, which no longer works. { $left ->
    [0] None is left: make new ones now.
    [one] One is left: make new ones soon.
   *[other] { $left } are left.
}
go-on = Go on
code-title = Enter the authentication code
code-what = Enter the six digits that your authenticator app shows for the portal.
code = Authentication code
code-or-recovery = Authentication code or recovery code
code-of = You are signing in as { $username }.
code-wrong = The code is wrong or was used before. Enter the next one that your app shows.
code-wait = The code was wrong several times. Try again in { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
}.
recovery-instead = Can't use your app?
recovery-how = Enter one of your recovery codes. If you have none, a site admin can reset your two-factor authentication.
recovery-code = Recovery code
recovery-use = Sign in with a recovery code
sign-in-other = Sign in as another user

## Administration

admin-teams-none = There are no teams yet. Add the first one.
back-to-admin-teams = ← All teams of the site
members = Members
members-what = Who sees this team, and what they may do there. A change counts from the next request on.
member-add = Add a member
member-remove = Remove
member-oneself = This is you; another admin changes your role.
member-is-added = The member is added.
member-role-is-changed = The role is changed.
member-is-removed = The member is removed.
member-unchanged = Nothing was changed: the role was given already, or the person is no longer a member.
member-unknown = No such user. Ask a site admin to invite them.
member-already = This user is a member already. Change the role in the list.
role-unknown = Choose one of the roles.
reason-require = Require a reason when adding or releasing servers
reason-is-kept = The setting is saved.
team-state = State
team-in-use = In use
team-archived = Archived
team-name = Name
team-name-shape = The name needs 1 to 100 characters.
slug-what = The short name that stands in the addresses of its pages, such as acme-shop. It cannot be changed later.
slug-shape = The name in addresses needs 1 to 63 lower-case letters, digits or hyphens, with no hyphen at an end.
slug-taken = There is a team with this name in addresses already, perhaps an archived one.
region-unknown = Choose one of the regions.
team-add = Add a team…
team-try-and-add = Test the key and add
team-add-untried = Add without testing
team-is-added = The team is added.
team-change = Name and region
team-change-what = The key belongs to a region: after changing the region, try the connection.
team-is-changed = Name and region are kept.
team-open = Open the team's pages
team-key = Key
team-archive = Archive
team-archive-ask = Archive this team…
team-archive-what = Members no longer see an archived team, and the API is not called for it. Its records stay, and it can be restored with its key and members.
team-is-archived = The team is archived.
team-bring-back = Restore
team-bring-back-what = Its members see it again, with the key and the roles that they had.
team-is-back = The team is in use again.
app-key = appKey
app-key-missing = Type the appKey.
app-key-shape = This cannot be an appKey: it holds only letters, digits and - _ . ~, at most 128.
key-unreadable = The stored key cannot be read any more. Replace it.
key-try = Test the connection
key-replace = Replace the key or the token credentials…
key-replace-what = What you leave empty stays as it is. The key is not shown again after it was typed, but for its last four characters.
key-nothing-typed = Nothing was typed. Type a new appKey, new token credentials, or both.
key-try-and-keep = Test and save
key-keep-untried = Save without testing
key-is-replaced = The new key is saved. From now on it is used for every call.
token-credentials = Token credentials
token-credentials-what = Only where the API asks for an access token: the id and the secret of a User Access Key.
token-id = User Access Key ID
token-secret = Secret Access Key
token-set = Set
token-not-set = Not set
token-remove = The API asks for no token: delete the credentials
token-or-none = Either type new token credentials or delete them.
token-incomplete = Token credentials have two parts, the ID and the secret. Type both.
token-shape = These cannot be token credentials: neither part may hold spaces, nor the ID a colon.
trying = Testing…
tried-answered = The API answered with the key { $key }.
tried-changes = { $changes ->
    [one] Its history has one change.
   *[other] Its history has { $changes } changes.
}
tried-failed = The connection with the key { $key } does not work
tried-nothing-kept = Nothing was saved. Enter the secrets again to save them anyway or to test others.
keep = Save
back-to-admin-users = ← All users of the site
user-add = Invite a user…
user-add-what = The user gets a link and sets the password themselves.
user-add-to-team = Add to a team…
user-teams-none = Not a member of any team.
user-name = Name
user-sign-in = Signing in and rights
user-oneself = This is you. You change your password and your two-factor authentication on your own page; another site admin changes your rights.
username-shape = A username needs 1 to 64 letters, digits or . _ @ + - and no spaces.
username-taken = There is a user of that name already.
display-name-shape = The name needs 1 to 100 characters.
team-unknown = Choose one of the teams.
team-none = No team yet
user-state = State
user-active = Active
user-disabled = Disabled
user-invited = Invited
user-no-password = No password and no valid link
user-enable = Let sign in again
user-is-enabled = The user can sign in again.
user-disable = Disable this user…
user-disable-what = A disabled user cannot sign in, and all open sessions end at once. What they did stays on record.
user-disable-do = Disable
user-disabled-what = This user cannot sign in.
user-is-disabled = The user is disabled, and all their sessions are ended.
user-is-renamed = The name is kept.
user-rights-are-changed = The rights are changed. They count from the next request on.
user-unchanged = Nothing was changed: it was so already.
no = No
site-admin-may = May do everything in every team, and create teams and users.
site-admin-teams = A site admin sees all teams, also without a role in them.
site-admin-change = Change the right of a site admin…
site-admin-make = Make a site admin
site-admin-take = Take the right away
site-admin-last = This is the last site admin: make another one first.
password-reset = New password link…
password-reset-what = The present password stops working at once, all sessions end, and earlier links are void.
link-make = Create the link
link-made = Link to set a password
link-made-by = (created by { $user })
link-hand-over = Give this link to { $name } ({ $username }) over a private channel. It is shown only now.
link-copy = Copy the link
link-what = It works once, within 72 hours. Its holder sets the password, so send it over a private channel.
link-handed-over = Done
link-until = link until
link-withdraw = Revoke the link
link-is-withdrawn = The link is revoked and no longer works.
link-over = This link no longer works
link-over-what = It was used, revoked or replaced by a new one, or it is older than 72 hours. Ask a site admin for a new one.
second-factor-reset = Lost the second factor…
second-factor-reset-what = Removes two-factor authentication and recovery codes from this account, and ends all sessions. Make sure that the user requested it.
second-factor-reset-do = Reset two-factor authentication
second-factor-is-reset = Two-factor authentication is off, and all sessions of the user are ended.
single-sign-on-take = Single sign-on is connected wrongly…
single-sign-on-take-what = The user cannot sign in through single sign-on any more, and all sessions end. To connect it anew, make a link and hand it over.
single-sign-on-is-taken = Single sign-on is disconnected, and all sessions of the user are ended.
invitation-title = Welcome, { $name }
invitation-what = Set the password that you sign in with as { $username }.
invitation = Invitation
invitation-by-provider = Sign in at { $provider } to connect this invitation with your account there. In the portal your username is { $username }.
password-choose = Set password
password-is-chosen = Your password is set. Sign in with it now.
set-up = Set up the portal
set-up-what = This page makes the first site admin and the first team. The link to it works once.
set-up-admin = You, as site admin
set-up-team = The first team
set-up-team-what = A team is one appKey in one region. More teams and users can be added later.
set-up-try = Test the key and set up
set-up-untried = Set up without testing
set-up-do = Set up
set-up-nothing-kept = Nothing was saved. Enter the password and the secrets again to save them anyway or to test others.
set-up-over-what = The portal is set up already, or the link is older than 72 hours. A portal without users prints a new one when it starts.
set-up-first = Nobody can sign in yet. Open the link that the portal printed when it started.
set-up-done = The portal is set up. Sign in with the password that you have set.
slug = URL name

## Words of the API

word-not-monitored = Not monitored
word-waiting = Requested, waiting (up to 1 hour)
word-monitored = Monitored
word-release-requested = Release requested
word-received = Received
word-user-request = Requested by a user
word-change-new = New
word-change-release = Release
word-change-other = Change
word-billed = Billed
word-not-billed = Not billed
word-ticket-done = Processing complete
word-ticket-waiting = Waiting
word-ticket-working = In progress
word-true-positive = True positive
word-false-positive = False positive
word-incident = Incident
word-intrusion = Intrusion detected
word-severity-info = Info
word-severity-low = Low
word-severity-medium = Medium
word-severity-high = High
word-severity-critical = Critical
word-inbound = Inbound
word-outbound = Outbound

## Errors

error-whose = Cause
error-do = What to do
error-request = Request ID for support:
error-api-said = The API said:
error-not-found-title = This page was not found
error-not-found-what = There is nothing at this address, or it belongs to a team that you cannot see.
error-not-found-who = The address may be wrong, or you may not be a member of the team.
error-not-found-do = Check the address, or ask an admin of the team to make you a member.
nothing-was-done = What you sent was not done. Nothing was changed.
error-incomplete-list-title = The list did not come whole
error-incomplete-list-what = The API counted more rows than it sent. No file was made, so that nobody takes a part for the whole list.
error-incomplete-list-who = It is a problem of NHN Cloud's API.
error-incomplete-list-do = Try again in a few minutes. If it stays, contact NHN Cloud support.
error-forbidden-title = You may not do this
error-forbidden-what = Your role does not allow it. Nothing was changed.
error-forbidden-who = Roles in a team are given by its admins, the right of a site admin by another site admin.
error-forbidden-do = If you need it, ask an admin of the team, or a site admin for the site's pages.
error-elsewhere-title = This request came from another site
error-elsewhere-what = A page of another site sent this form, so it was refused. Nothing was changed.
error-elsewhere-who = It is a problem of the page that sent it. Behind a proxy, the portal's public address may be set wrongly.
error-elsewhere-do = Send the form from a page of the portal.
error-method-title = Method not allowed
error-method-what = This address takes only other kinds of requests. Nothing was changed.
error-method-who = It is a problem of what sent the request.
error-method-do = Use the links and buttons of the portal.
error-plain-http-title = This portal is opened by https
error-plain-http-what = Your browser came by http. It keeps no sign-in that way, so nobody was signed in.
error-plain-http-who = It is a problem of the address, or of how the portal is set up.
error-plain-http-do = Open the address that is shown here. If it does not open, the administrator must put a TLS proxy that sends X-Forwarded-Proto in front of the portal, or set SECMON_PORTAL_PUBLIC_URL to the http:// address.
error-form-title = The form could not be read
error-form-what = What was sent lacks something, is too large, or is written differently. Nothing was changed.
error-form-who = It is a problem of what sent the request.
error-form-do = Go back, reload the page and send it again.
error-internal-title = The portal has a problem
error-internal-what = This page could not be made.
error-internal-who = It is a problem of the portal. The cause is in its log.
error-internal-do = Try again in a moment; if it stays, tell an administrator the request number.
error-too-many-attempts-title = Wrong several times
error-too-many-attempts-what = The password or the code was wrong several times, so the next try has to wait a little. Nothing was changed.
error-too-many-attempts-who = This protects your account from guessing.
error-too-many-attempts-do = Wait a moment, go back and try again. The wait is never longer than 15 minutes.
error-busy-title = The portal is busy
error-busy-what = Too many people are signing in at this moment. Nothing was changed.
error-busy-who = It is a problem of the portal, and passes by itself.
error-busy-do = Go back and try again in a few seconds.
error-key-replaced-title = The portal's key was replaced
error-key-replaced-what = This portal has not got the new key yet, so it cannot read the team's appKey.
error-key-replaced-who = It is a problem of the portal. Nothing was changed.
error-key-replaced-do = Tell an administrator to give this portal the new key and to start it again.
error-unreachable-title = The Security Monitoring API cannot be reached
error-unreachable-what = No connection could be made to this team's API server.
error-unreachable-who = It is a problem of NHN Cloud's API or of the network on the way. Pages of other teams work as before.
error-unreachable-do = Try again in a moment. If it stays, tell an administrator.
error-timed-out-title = The Security Monitoring API timed out
error-timed-out-what = No answer came within the time limit, so the portal stopped waiting.
error-timed-out-who = NHN Cloud's API is slow or stuck. Pages of other teams work as before.
error-timed-out-do = Try again in a moment.
error-key-title = The API did not accept this team's key
error-key-what = The gateway before the API refused this team's appKey or token.
error-key-who = It is a problem of the team's settings: the key was replaced, or a token is needed.
error-key-do = Check the appKey and the region first, and the token credentials if there are any. An admin of the team can replace them in the team's settings.
error-not-allowed-title = The API does not let this portal in
error-not-allowed-what = The gateway before the API refused access.
error-not-allowed-who = The portal's address may be missing in the organization's list of allowed IPs, or a right is missing.
error-not-allowed-do = Ask an administrator to check the IP access control of the NHN Cloud organization.
error-no-such-thing-title = The API does not know this address
error-no-such-thing-what = The gateway before the API answered that it does not know this address.
error-no-such-thing-who = The team's appKey or region may be wrong, or the service may be disabled.
error-no-such-thing-do = Check the appKey and the region first. An admin of the team can replace the key, a site admin the region.
error-too-large-title = This is too large for the API
error-too-large-what = A request or an answer was larger than allowed, so it was not accepted.
error-too-large-who = NHN Cloud's API sent more than expected, or did not take what was sent.
error-too-large-do = Try again with a smaller range.
error-too-many-title = The API was called too often
error-too-many-what = The gateway before the API answered that the limit on calls is reached.
error-too-many-who = Too many calls were made with this team's appKey.
error-too-many-do = Try again in a minute.
error-gateway-title = The Security Monitoring API has an outage
error-gateway-what = The API, or the gateway before it, answered with an error.
error-gateway-who = It is a problem of NHN Cloud's API.
error-gateway-do = Try again in a moment. If it stays, contact NHN Cloud support.
error-refused-title = The Security Monitoring API refused
error-refused-what = The API answered that it will not do this.
error-refused-who = See what the API said. It may be the state of the team's service, or its key.
error-refused-do = Try again in a moment; if it stays, contact NHN Cloud support.
error-not-the-api-title = Unexpected response from the API
error-not-the-api-what = What was received does not speak the language of the Security Monitoring API.
error-not-the-api-who = It is a problem of the API, or a proxy on the way answered instead.
error-not-the-api-do = Try again in a moment; if it stays, tell an administrator.
error-token-title = The access token could not be obtained
error-token-what = The access token required by the API was not issued.
error-token-who = The team's token credentials may be wrong, or the token server has a problem.
error-token-do = Check the token credentials and try again. An admin of the team can replace them in the team's settings.

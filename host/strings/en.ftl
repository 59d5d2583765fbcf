# What the console says to people, in English.
#
# Each message is HTML with few elements: b, code, em, small, span of the class unseen (for screen readers),
# and links to our own addresses. A test reads this file: every message is used, with the arguments it names.
# A number chooses between forms: { $count -> [one] … *[other] … }.

## On every page

skip = Skip to content
console = Console
nav-health = Health
nav-findings = { $count }<span class="unseen"> { $count ->
        [one] finding
       *[other] findings
    }</span>
nav-plugins = Plugins
nav-graph = Graph
nav-hosts = Hosts
nav-jobs = Jobs
nav-events = Events
nav-audit = Audit log
nav-doctor = Installation
nav-accounts = Accounts
nav-api = API
log-out = Log out
database-health = Database Health
go-health = Go to Database Health
fix = Fix Configuration
test-schema = Test Schema
testing = Testing …
try-again = Try again
show = Show
show-all = show all
search = Search
any = any
previous-page = Previous page
next-page = Next page
page-of = Page { $page } of { $pages }
details = Details
remedy = <b>What to do:</b> { $remedy }
shown-of = The first 100 of { $count }; <code>tenon check</code> lists all.
copy = Copy
copied = Copied
see-audit = See it in the audit log
plan-again = Look at the plan again
started = Started { $at }
consent-asked = You will be asked to consent to <code>{ $hazard }</code>.
consent-given = I consent to <code>{ $hazard }</code>
nothing-done = Nothing was done
nothing-done-open-health = Open Database Health again.
nothing-done-open-fix = Open Fix Configuration again.
sentence = { $text }.

## Times and amounts

ago-now = just now
ago-seconds = { $count ->
        [one] { $count } second ago
       *[other] { $count } seconds ago
    }
ago-minutes = { $count ->
        [one] { $count } minute ago
       *[other] { $count } minutes ago
    }
ago-hours = { $count ->
        [one] { $count } hour ago
       *[other] { $count } hours ago
    }
ago-days = { $count ->
        [one] { $count } day ago
       *[other] { $count } days ago
    }
took-milliseconds = { $count } ms
took-seconds = { $seconds } s
took-minutes = { $minutes } min { $seconds } s

## Log in

login-title = Log in
login-lead = Tenon keeps one database true to all its plugins.
login-name = Name
login-password = Password
login-submit = Log in
login-at-provider = Sign in with { $name }
login-with-account = With an account of this console
login-first = The first administrator is <b>admin</b>; its password was printed once, when the host was first started.
login-wrong = That name and password do not belong together.
login-wait = { $seconds ->
        [one] Too many attempts. Try again in { $seconds } second.
       *[other] Too many attempts. Try again in { $seconds } seconds.
    }

## Accounts

account-title = Account
account-heading = Account { $name }
account-lead = You are a { $role }.
account-lead-proxy = You are a { $role }, as the proxy in front of this console says.
account-lead-provider = You are a { $role }, as the identity provider says.
account-by-provider = by the identity provider
account-password = Password
account-current = Current password
account-new = New password
account-again = New password again
account-ends-others = Your other sessions end with the change.
account-change = Change Password
account-sessions = Sessions
account-this-session = this session
account-session = from { $address } · since { $since } · last seen { $seen }
account-end-of = End<span class="unseen"> the session of { $account } with { $browser } since { $since }</span>
account-end = End<span class="unseen"> the session with { $browser } since { $since }</span>
account-end-all = End all sessions
account-tokens = API tokens
account-no-token = There is none. An administrator makes one with <code>tenon admin token add { $account } NAME</code>.
account-token = <b>{ $name }</b>: { $role }, until { $until }
account-token-scoped = <b>{ $name }</b>: { $role }, only { $scopes }, until { $until }
account-password-changed = The password was changed. Your other sessions have ended.
account-session-ended = The session has ended.
account-differ = The two new passwords differ. Nothing was changed.
account-wrong-password = The current password is wrong. Nothing was changed.
account-nothing-changed = Nothing was changed: { $why }.
account-elsewhere = you have no account of this console: there is no password here
account-is-own = This is your own account.
account-is = It is a { $role }.
account-is-added = It is a { $role }, added { $at }.
account-role = Role
account-may = What it may do
account-change-role = Change role
account-change-own = You change your own at <a href="/account">your account</a>.
account-password-hint = Leave it empty to have one made, which is shown once. The sessions of the account end.
account-set-password = Set password
account-none = There is none.
account-only = only { $scopes }
account-expired = expired
account-token-times = added { $added } · until { $until }
account-used = last used { $at }
account-never-used = never used
account-revoke = Revoke<span class="unseen"> token { $name }</span>
account-add-token = Add a token
account-token-name = Name of the token
account-token-role = Role of the token
account-scopes = Scopes; everything of the role where none is ticked
account-until = Until
account-until-hint = 90 days from now where it is empty; 366 at most.
account-add-token-submit = Add token
account-remove-heading = Remove the account
account-remove-hint = Its sessions and its tokens end with it. What it did stays in the audit log.
account-remove-yes = Yes, remove { $name }
account-remove = Remove account
account-remove-unconfirmed = confirm that the account is to be removed
account-missing = there is no account { $name }
account-role-changed = The role was changed, which counts at once.
account-password-set = The password was changed. The sessions of the account have ended.
account-revoked = The token was revoked, which counts at once.
account-sessions-ended = The sessions have ended.
account-shown-once = { $what } is shown this once. Copy it now.
account-secret-password = The password of { $name }
account-secret-new-password = The new password of { $name }
account-secret-token = The token { $name }
accounts-lead = Who may use this console and the API. A viewer looks and tests, a healer also acknowledges and heals, an administrator may all.
accounts-all = All accounts
accounts-name = Name
accounts-role = Role
accounts-added = Added
accounts-last-used = Last used
accounts-tokens = Tokens
accounts-sessions = Sessions
accounts-not-known = not known
accounts-not-lately = not lately
accounts-end-all-but-mine = End all sessions but mine
accounts-add-heading = Add an account
accounts-password-hint = Leave it empty to have one made, which is shown once.
accounts-add = Add account
accounts-was-added = The account was added.
accounts-was-removed = The account was removed.
accounts-sessions-ended = All sessions but yours have ended.

## Database Health

health-not-checked = Not checked
health-not-checked-yet = Not checked yet
health-not-compared = The database was not compared with the plugins since the host was started.
health-checked = Checked { $age }
health-tested = Tested just now. It took { $took }.
health-not-read = The database could not be read.
health-heal-runs = <b>A heal is running.</b> This is the database as it was before it.
health-checked-at = Checked
health-checked-in = { $at } in { $took }
health-environment = Environment
health-database = Database
health-server = Server
health-not-reached = not reached
health-report = Report
health-copy-report = Copy report
health-former = <b>The last known state is { $status }</b>, from { $age } ({ $at }). What is listed here was found then.
health-pages = Pages of findings
health-needs-repair = Needs repair
health-warnings = Warnings
health-could-not = Could not be checked
health-known = Known, and not counted
health-passed = Passed
health-more-passed = { $count ->
        [one] And { $count } other: <a href="/plugin">all plugins</a>.
       *[other] And { $count } others: <a href="/plugin">all plugins</a>.
    }
health-nothing-like-this = Nothing that was found is like this. <a href="/">Show all</a>
health-new-file = A new file is waiting: <code>{ $file }</code>. It counts when the host is started again.
health-held-to = What plugins are held to: { $layers }.
health-acknowledged = { $count ->
        [one] { $verdict } { $count } acknowledged finding is not counted.
       *[other] { $verdict } { $count } acknowledged findings are not counted.
    }
health-clear-alone = All clear: the host's own tables are in step. There are no plugins yet.
health-clear = { $count ->
        [one] All clear: the database is what { $count } plugin says it should be.
       *[other] All clear: the database is what { $count } plugins say it should be.
    }
health-incomplete = The check could not be completed. That does not mean that anything is broken: it could not be found out.
health-unknown = { $count ->
        [one] The check could not be completed: of { $count } plugin it could not be found out whether the database is what it says it should be.
       *[other] The check could not be completed: of { $count } plugins it could not be found out whether the database is what they say it should be.
    }
health-plugins-held = { $count ->
        [one] { $count } plugin is held back, and its routes do not answer.
       *[other] { $count } plugins are held back, and their routes do not answer.
    }
health-out-of-step = { $count ->
        [one] { $count } thing is out of step.
       *[other] { $count } things are out of step.
    }
health-pending = { $count ->
        [one] { $count } migration is pending. Fix Configuration runs all of them, or none.
       *[other] { $count } migrations are pending. Fix Configuration runs all of them, or none.
    }
health-pending-and-others = { $pending ->
        [one] { $pending } migration is pending
       *[other] { $pending } migrations are pending
    }, and { $count ->
        [one] { $count } other thing is out of step.
       *[other] { $count } other things are out of step.
    }
asides-heading = Not part of the verdict
asides-unmanaged = Objects that no plugin claims
asides-unmanaged-hint = They are in the plugins' schemas, and nobody declared them. They are not held against any plugin.
asides-tolerated = Objects that are tolerated beside those of plugins
asides-tolerated-hint = The configuration names them, with the reason. They are not held against any plugin.
asides-tolerated-as = as { $by }
asides-announced = There, and of a kind that is not compared: { $kind }
asides-announced-hint = Tenon does not look into objects of this kind. <code>tenon check --strict</code> calls that unknown.
asides-not-compared = Kinds of object that are not compared yet

## A plugin's card

card-core = the host itself
card-version = version { $version }
card-not-served = not served:
card-from = from
card-releasing = Releasing …
card-release = Release from quarantine
card-elsewhere = { $count ->
        [one] { $count } finding of this plugin is on other pages.
       *[other] { $count } findings of this plugin are on other pages.
    }
card-held = Its routes are held.
card-refused = Refused to this plugin by the kernel since the host started: it has no connections, programs or processes of its own.
card-refused-times = { $count ->
        [one] once, { $last }
       *[other] { $count } times, last { $last }
    }
card-hanging = { $count ->
        [one] { $count } thread hangs in this plugin: its calls did not return, and nothing but a new start of the host ends them.
       *[other] { $count } threads hang in this plugin: its calls did not return, and nothing but a new start of the host ends them.
    }
serving-yes = serving
serving-held = held: its routes answer 503
serving-disabled = disabled: its routes answer 404
serving-out = out: not loaded
state-quarantined = in quarantine
state-held = held
state-disabled = disabled
state-out = out
group-acknowledged = Acknowledged
group-unloadable = Why it is not loaded
group-conflict = Conflicts with another plugin
group-quarantined = In quarantine
group-unknown = Could not be checked
group-pending = Pending migrations
group-edited = Migrations changed after they were applied
group-missing = Applied migrations that no plugin brings
group-ledger = What the ledger is to say otherwise
group-drifted = Differences in the database
group-rights = What its login role may do
group-mismatch = Not what the plugin's own migrations make

## The search for findings

filter-findings = Findings
filter-search-hint = object, message, plugin or id
filter-plugin-hint = id
filter-total = { $count ->
        [one] { $count } finding
       *[other] { $count } findings
    }
filter-wanted = { $count ->
        [one] { $wanted } of { $count } finding
       *[other] { $wanted } of { $count } findings
    }
filter-nothing = Nothing was looked for
filter-too-long = A search has at most { $count } characters.
filter-no-severity = There is no severity { $word }.
filter-no-cause = There is no cause { $word }.

## Findings

finding = Finding
finding-title = Finding { $id }
finding-link = Finding <code>{ $id }</code>
finding-former = <b>The database could not be read since.</b> This was found { $age }.
finding-plugin = Plugin
finding-object = Object
finding-property = Property
finding-severity = Severity
finding-cause = Cause
finding-probably = Probably
finding-first-seen = First seen
finding-id = Id
finding-expected = Expected <small>({ $author })</small>
finding-found = Found <small>(database)</small>
finding-seen-first = first seen { $at }
finding-probable-cause = probable cause: { $cause }
finding-mend = What would mend it
finding-plan-repair = Plan this repair
finding-rename = What would name it back
finding-rename-heading = What would name it back, if it was renamed
finding-plan-rename = Plan naming it back
finding-acknowledged = Acknowledged
finding-acknowledged-by = Acknowledged by <b>{ $by }</b> until { $until }: { $reason }
finding-by = By <b>{ $by }</b> until { $until }: { $reason }
finding-take-back = Take back
finding-taking-back = Taking back …
finding-acknowledge = Acknowledge
finding-acknowledging = Acknowledging …
finding-acknowledge-hint = It stays listed with your name and does not count until then, as long as the same is found.
finding-breaking-hint = The plugin's routes stay held back.
finding-why = Why it may stay so
finding-until = To the end of
finding-tick-mend = Mend this with Fix Configuration<span class="unseen">: { $object }</span>
finding-tick-rename = Name it back with Fix Configuration<span class="unseen">: { $object }</span>
finding-tick-acknowledge = Acknowledge<span class="unseen">: { $object }</span>
finding-gone = This finding is gone
finding-gone-detail = The last check found nothing of this id. It may have been mended since.
finding-gone-remedy = The audit log tells what was done.
finding-none-ticked = no finding is ticked
acknowledge-heading = Acknowledge findings
acknowledge-lead = Tick what may stay so, or take all. It stays listed with your name and does not count until then, as long as the same is found.
acknowledge-all = All that can be acknowledged ({ $count })
acknowledge-all-matching = All that match the search and can be acknowledged ({ $count })
acknowledge-hint = Routes that breaking findings hold back stay held back.

## The graph

graph-around = Around
graph-all = all plugins
graph-migrations = Migrations
graph-draw = Draw
graph-picture = Picture of the graph
graph-undrawn = { $why }: choose a plugin, and what has to do with it is drawn.
graph-as-table = The same as a table
graph-table = Table of the graph
graph-migration = Migration
graph-state = State
graph-after = After
graph-plugin = Plugin
graph-requires = Requires

## Plugins

plugins-search-hint = id, name or file
plugins-total = { $count ->
        [one] { $count } plugin
       *[other] { $count } plugins
    }
plugins-found = { $count ->
        [one] { $count } plugin of { $all }
       *[other] { $count } plugins of { $all }
    }
plugins-plugin = Plugin
plugins-version = Version
plugins-verdict = Verdict
plugins-routes = Routes
plugins-findings = Findings
plugins-file = File
plugins-not-checked = not checked
plugins-pages = Pages of plugins
plugin-missing = No such plugin
plugin-missing-detail = There is no plugin { $id }.
plugin-missing-remedy = The list of plugins has all of them.
cards = From the plugins
card-shows-nothing = It shows nothing.
plugin-tabs = Pages of this plugin
plugin-page-missing = No such page
plugin-page-missing-detail = The plugin { $id } has no page { $name }.
plugin-page-needs-script = A plugin's page needs JavaScript.
plugin-page-trouble = The page cannot call its plugin at the moment. Log in again if this stays so.
plugin-all-findings = All findings of this plugin
plugin-about = About
plugin-id = Id
plugin-file = File
plugin-trust = Trust
plugin-signature = Signature
plugin-signed-by = by key <code>{ $key }</code>: { $comment }
plugin-contract = Contract
plugin-may-fetch = May ask others
plugin-may-fetch-nothing = nothing
plugin-fetches = Asked so far
plugin-generation = generation { $generation }
plugin-held-to = Held to
plugin-requires = Requires
plugin-required-by = Required by
plugin-no-other = no other plugin
plugin-routes = Routes
plugin-routes-below = Below <code>/plugins/{ $id }</code>; counted since the host started.
plugin-route = Route
plugin-requests = Requests
plugin-failed = Failed
plugin-average = On average
plugin-mean = { $milliseconds } ms
plugin-migrations = Migrations
plugin-ledger-trouble = The ledger could not be read.
plugin-applied-at = { $at } in { $took }
plugin-applied-by = applied by <a href="/audit#heal-{ $heal }">heal <code>{ $heal }</code></a>
plugin-beginning = This is the beginning of the file.
plugin-tables = Tables
plugin-columns = { $count ->
        [one] { $count } column
       *[other] { $count } columns
    }
plugin-indexes = { $count ->
        [one] { $count } index
       *[other] { $count } indexes
    }
plugin-row-security = row security
plugin-column = Column
plugin-type = Type
plugin-null = Null
plugin-value = Value
plugin-key = Key
plugin-refers-to = Refers to
plugin-nullable = yes
plugin-not-null = no
plugin-more-tables = And { $count } others.
plugin-besides = Besides: { $others }.
plugin-settings = Settings
plugin-settings-hint = In the configuration as <code>[plugin.{ $id }]</code>, or saved in the database. They change with the next start of the host.
plugin-setting = Setting
plugin-kind = Kind
plugin-from = From
plugin-from-default = default
plugin-must-be-set = has to be set
plugin-not-set = not set
plugin-secret-set = set
plugin-settings-missing = No settings
plugin-settings-missing-detail = There is no plugin { $id } that says which settings it takes.
plugin-form = Change them in a form
plugin-form-lead = What is saved here holds for all hosts of this database, each from its next start. What the configuration of a host sets goes before it, and cannot be changed here.
plugin-form-saved = Saved.
plugin-form-wrong = Nothing was saved: this is not what the plugin takes. What is wrong stands at the fields.
plugin-form-stale = <b>Nothing was saved: somebody else has changed the settings since you looked at them.</b> What you entered still stands here, and beside it what is saved now. Save again to replace that.
plugin-form-failed = Nothing was saved.
plugin-form-unknown = It is not known what is saved.
plugin-form-nothing = Nothing was saved yet.
plugin-form-state = Version { $version } is saved, by { $by }.
plugin-form-applied = This host runs with it.
plugin-form-restart = This host runs with version { $version }: restart it to apply what is saved.
plugin-form-other = Host { $host } runs with version { $version }: restart it, too.
plugin-form-now = saved now
plugin-form-default = by default
plugin-form-secret = never saved: the configuration says where it stands, as <code>{ $line }</code> in <code>[plugin.{ $id }]</code>
plugin-form-fixed = set by { $origin }, which goes before what is saved
plugin-form-save = Save
plugin-quarantine = Quarantine
plugin-quarantine-why = Why its routes are to answer no more
plugin-quarantining = Putting it there …
plugin-quarantine-put = Put into quarantine
quarantine-no-plugin = there is no plugin { $id }

## Fix Configuration

plan-stale = <b>The plan changed since you looked at it, so nothing was done.</b> This is what would be done now. Please look again.
plan-without = <b>Left out this time:</b> { $plugins }. They stay as they are. <a href="/heal">Plan with all plugins</a>
plan-nothing = No migration is pending, and everything that was applied has been verified.
plan-none-pending = No migration is pending
plan-left-choices = { $count ->
        [one] { $count } thing is out of step all the same. Tick below what is to be mended.
       *[other] { $count } things are out of step all the same. Tick below what is to be mended.
    }
plan-left-unmended = { $count ->
        [one] { $count } thing is out of step all the same. What mends it stands below.
       *[other] { $count } things are out of step all the same. What mends them stands below.
    }
plan-left-both = { $count ->
        [one] { $count } thing is out of step all the same. Tick below what is to be mended; what mends the others stands beside them.
       *[other] { $count } things are out of step all the same. Tick below what is to be mended; what mends the others stands beside them.
    }
plan-unavailable = There is no plan
plan-unavailable-lead = It could not be found out what is pending. Nothing was changed.
plan-not-in-form = The form holds no plan that could be compared: { $why }.
plan-runs = { $count ->
        [one] { $count } migration runs, in this order
       *[other] { $count } migrations run, in this order
    }
plan-repairs-made = { $count ->
        [one] { $count } repair is made, in this order
       *[other] { $count } repairs are made, in this order
    }
plan-runs-and-repairs = { $count ->
        [one] { $count } migration runs
       *[other] { $count } migrations run
    }, then { $repairs ->
        [one] { $repairs } repair is made, in this order
       *[other] { $repairs } repairs are made, in this order
    }
plan-ledger-changes = { $count ->
        [one] { $count } row of the ledger changes
       *[other] { $count } rows of the ledger change
    }
plan-roles-right = { $count ->
        [one] { $count } login role is put right
       *[other] { $count } login roles are put right
    }
plan-only-verified = Nothing runs; plugins are verified
plan-lead = Either everything is done and verified, or nothing is changed.
plan-lead-statements = { $count ->
        [one] { $count } statement in one transaction: either everything is done and verified, or nothing is changed.
       *[other] { $count } statements in one transaction: either everything is done and verified, or nothing is changed.
    }
plan-statements = { $count ->
        [one] { $count } statement
       *[other] { $count } statements
    }
plan-refusals = { $count ->
        [one] { $count } refusal
       *[other] { $count } refusals
    }
plan-hazard-marks = { $count ->
        [one] { $count } hazard
       *[other] { $count } hazards
    }
plan-lock-marks = { $count ->
        [one] { $count } lock
       *[other] { $count } locks
    }
plan-note-marks = { $count ->
        [one] { $count } note
       *[other] { $count } notes
    }
plan-beginning = This is the beginning of the file. <a href="/heal/sql?{ $query }">All SQL of this plan as a text</a>
plan-ledger = In the ledger, without being run
plan-repairs = Repairs
plan-roles = Login roles of the plugins
plan-role-follows = its rights follow what the migrations make
plan-hazards = What it may cost
plan-locked-as = locked { $mode }
plan-consented = you consent to it
plan-needs-consent = needs your consent
plan-locks-heading = What it locks, until it ends
plan-locks = What it locks
plan-relation = Relation
plan-lock = Lock
plan-meanwhile = Meanwhile
plan-size = Size
plan-taken-by = Taken by
plan-no-rows = no rows, or not known
plan-notes = Worth knowing
plan-verify-heading = Then, in the same transaction
plan-verify = { $count ->
        [one] Everything that { $plugins } declares is compared with the database. A new difference rolls everything back.
       *[other] Everything that { $plugins } declare is compared with the database. A new difference rolls everything back.
    }
plan-backup-old = As far as is known, { $told }. <code>tenon backup FILE</code> makes one.
plan-backup = <b>Have a backup.</b> A heal that fails is rolled back; what a heal that succeeds has changed, only a backup brings back.
plan-fix-now = Fix Configuration now
plan-fixing = Fixing …
plan-not-now = Not now
plan-recorded = Recorded in the audit log under your name. Only this very plan is run: if anything changes before you confirm, you are shown the new one first.
plan-try-heading = Try it first
plan-rehearse = Rehearse in a copy
plan-rehearsing = Rehearsing …
plan-dry-run = Dry run
plan-trying = Trying …
plan-try-hint = A rehearsal runs this plan in a copy of the schema, without rows but those that migrations insert, in a database of its own that is dropped afterwards. A dry run runs it in the database itself, where others wait for its locks as they would for the real one, rolls it back and is recorded. Both show how it went.
plan-command = The same on a command line
plan-may-not = You may look and test. To run this plan, ask an administrator.
plan-hash = Plan <code>{ $hash }</code> · <a href="/heal/sql?{ $query }">all SQL as a text</a>
approve-heading = A second person
approve-lead = Look at the plan below, and approve it where somebody else is to run it. Who approves it cannot be who heals.
approve-submit = Approve this plan
approve-hint = Recorded in the audit log under your name. The approval is for this very plan alone, and ends by itself.
approve-nothing = Nothing was approved
unmended-heading = What no heal mends
unmended-lead = These need a hand of somebody. Beside each stands what does mend it.
unmended-more = { $count ->
        [one] And { $count } other: <a href="/">Database Health</a> lists them.
       *[other] And { $count } others: <a href="/">Database Health</a> lists them.
    }
choices-heading = Repairs to choose
choices-lead = These things differ from what the plugins say, and there is SQL that mends them. Nothing of it runs unless you tick it and confirm the plan.
choices-additive = <b>All that only lack something</b> ({ $count }): the repair makes what is missing and changes nothing that is there
choices-mend = Mend this<span class="unseen">: { $object }</span>
choices-mend-additive = Mend this<span class="unseen">: { $object }</span>, which only lacks something
choices-sql-mends = SQL<span class="unseen"> that mends { $object }</span>
choices-rename = Name it back, if it was renamed<span class="unseen">: { $object }</span>
choices-sql-renames = SQL<span class="unseen"> that names { $object } back</span>
choices-more = { $count ->
        [one] And { $count } other: <a href="/">Database Health</a> lists them, to be searched and ticked.
       *[other] And { $count } others: <a href="/">Database Health</a> lists them, to be searched and ticked.
    }
choices-plan = Plan with what is ticked
refused-heading = Refused
refused-lead = This plan cannot be run as it is. Nothing was changed.
refused-whole = The whole plan
refused-leave-out = Leave <b>{ $plugin }</b> out this time, with the plugins that require it
refused-without = Show the plan without the ticked ones
refused-again = Show the plan again

## A heal

run-title = Fixing
run-running = Running
run-planning = Looking at what is pending …
run-doing = { $what } …
run-started = Started { $at }. You may leave this page: the work goes on, and the <a href="/audit">audit log</a> tells how it ended.
run-too-late = It is too late to stop it
run-too-late-detail = It is being committed, or has just ended.
run-too-late-remedy = The audit log tells how it ended.
run-not-stopped = The heal could not be stopped from here
running-heal = A heal
running-dry-run = A dry run
running-rehearsal = A rehearsal
running-by = { $what } by { $admin }
running-on = { $what } on { $host }
running-seconds = for { $seconds } s
running-minutes = for { $minutes } min { $seconds } s
running-doing = { $what }
running-statement = { $what } · statement { $done } of { $all }
running-steps = { $what } · { $done } of { $all } done
running-attempt = { $what } · attempt { $number }
running-waits = It waits since { $seconds } s for { $wait }
running-aside = The heal that runs
running-stop = Stop and roll back
running-stopping = Stopping …
outcome-fixed = Fixed
outcome-done = { $done } in { $took }.
outcome-ledger-made = { $count ->
        [one] { $count } change of the ledger was made
       *[other] { $count } changes of the ledger were made
    }
outcome-migrations-run = { $count ->
        [one] { $count } migration was run and verified
       *[other] { $count } migrations were run and verified
    }
outcome-repairs-made = { $count ->
        [one] { $count } repair was made and verified
       *[other] { $count } repairs were made and verified
    }
outcome-roles-right = { $count ->
        [one] { $count } login role was put right
       *[other] { $count } login roles were put right
    }
outcome-verified = Everything was verified
outcome-not-rehearsed = Not rehearsed
outcome-no-copy = There is no copy of the schema to rehearse in. Nothing was done.
outcome-nothing = Nothing to fix
outcome-nothing-pending = Nothing was pending, so nothing was run and nothing was recorded.
outcome-busy = Somebody else is at it
outcome-locked = Another heal holds the lock. Nothing was done.
outcome-overtaken = Fixed by somebody else
outcome-overtaken-by = { $admin } did just this meanwhile, on { $host }. Nothing was left to do.
outcome-stopped = Stopped
outcome-stopped-by = { $by } stopped it, and everything was rolled back: the database is as it was.
outcome-not-started = Not started
outcome-key-reused = The request's key was used before, for another plan. Nothing was done.
outcome-see-that-one = See that one in the audit log
outcome-not-fixed = Not fixed
outcome-failed = Something failed, so everything was rolled back: the database is as it was.
outcome-plan-ticked = Look at the plan with what is ticked
outcome-files = Files of this plan
outcome-standby = This database is a hot standby: it follows another server and cannot be written to. Fix the primary; what is changed there arrives here by itself.
outcome-unavailable = The database could not be reached, so nothing was done.
outcome-unclear = It is not known how it ended
outcome-unclear-lead = The connection was lost at the last moment. Test the schema to see what the database holds now.
rehearsal-failed = The { $what } failed
rehearsal-went-well = The { $what } went well
rehearsal-rolled-back = Everything was rolled back after { $took }: the database is as it was.
rehearsal-rolled-back-sequences = Everything was rolled back after { $took }: the database is as it was, but for what sequences gave out.
rehearsal-copy-rows = The copy has no rows but those that migrations insert: what depends on others does not show.
rehearsal-copy-lacks = Not applied again in the copy, which has what they made and no rows that they insert:
rehearsal-copy-differs = In this the copy is not like the database:
rehearsal-ran = What ran
rehearsal-locked = What it kept locked
rehearsal-nothing-locked = Nothing that stands in the database, but for reading.
rehearsal-lock = for { $count } ms, by { $by }
rehearsal-notices = What the server said
failure-while = While
failure-file = File
failure-line = line { $line }
failure-column = column { $column }
failure-statement = statement { $statement }
failure-repair = Repair of
failure-message = Message
failure-detail = Detail
failure-hint = Hint
failure-remedy = What to do
failure-differences = Differences that the verification found:

## The audit log

audit-lead = Every fix of the configuration, and what administrators did besides: who, when, what, and how it ended. Newest first. <a href="/notifications">Who is told</a> of it.
audit-trouble = The entries in the database could not be read.
audit-timeline = The verdict in the last 30 days
audit-timeline-picture = The verdict in the last 30 days; the table below tells the same
audit-span = { $verdict } from { $from }, { $lasted }
audit-not-recorded = Not recorded
audit-lasted-little = less than a minute
audit-lasted-minutes = { $count } min
audit-lasted-hours = { $count } h
audit-lasted-days = { $count } days
audit-as-table = As a table
audit-from = From
audit-to = To
audit-verdict = Verdict
audit-lasted = Lasted
audit-administrator = Administrator
audit-plugin = Plugin
audit-result = Result
audit-all = all
audit-fault = Shown is all of it: { $fault }.
audit-export = All that is looked for: <a href="/audit?{ $csv }">as CSV</a>, <a href="/audit?{ $jsonl }">as JSON lines</a>.
audit-show-everything = Show everything
audit-no-match = Nothing matches.
audit-nothing = Nothing was done yet.
audit-nothing-hint = The first fix will be listed here, with the name of whoever confirmed it.
audit-through = through { $source }
audit-source-web = this page
audit-source-cli = the command line
audit-source-api = the API
audit-source-start = the start of the host
audit-source-host = the host itself
audit-spooled = waits in the local spool until the database takes it
audit-action = Action
audit-log = Log
audit-row = row { $row }
audit-chain-holds = its rows are what was sealed
audit-chain-broken = its rows are not what was sealed: run tenon audit verify
audit-chain-not-yet = not sealed yet
audit-data = All data
audit-done = { $what } by { $admin }
audit-done-adopted = { $what } adopted by { $admin }
audit-done-adopted-ran = { $count ->
        [one] { $what } adopted, of which { $count } was run by { $admin }
       *[other] { $what } adopted, of which { $count } were run by { $admin }
    }
audit-done-tried = { $what } tried and rolled back by { $admin }
audit-count-migrations = { $count ->
        [one] { $count } migration
       *[other] { $count } migrations
    }
audit-count-repairs = { $count ->
        [one] { $count } repair
       *[other] { $count } repairs
    }
audit-count-roles = { $count ->
        [one] { $count } login role
       *[other] { $count } login roles
    }
audit-count-ledger = { $count ->
        [one] { $count } change of the ledger
       *[other] { $count } changes of the ledger
    }
audit-not-ended = Not ended
audit-succeeded = Succeeded
audit-failed = Failed
audit-turned-away = Turned away
audit-stopped = Stopped
audit-fixes-succeeded = fixes that succeeded
audit-fixes-failed = fixes that failed
audit-fixes-turned-away = fixes that were turned away
audit-fixes-stopped = fixes that were stopped
audit-fixes-not-ended = fixes that have not ended
audit-no-fixes = all but fixes
audit-stopped-by = Stopped by { $by }; everything was rolled back.
audit-attempt = Attempt { $number } was rolled back and tried again: { $message }
audit-started = Started
audit-finished = Finished
audit-not-finished = not known: it runs, or its process died
audit-took = Took
audit-took-not-known = not known
audit-files = Files
audit-no-files = none
audit-only-verified = none, plugins were verified
audit-recorded = recorded, not run
audit-repairs = Repairs
audit-repair-of = finding { $findings }
audit-tolerated = Tolerated
audit-consented = Consented to
audit-roles = Login roles
audit-role-follows = and rights on what the migrations made
audit-ledger = Ledger
audit-host = Host
audit-versions = Versions
audit-key = Key
audit-heal = Heal
audit-plan = Plan
audit-pages = Pages
audit-older = Older entries

## The API

api-lead = Version { $version }. Log in with a session, with HTTP Basic, or with a token as <code>Authorization: Bearer</code>. Every error is <code>application/problem+json</code>. The same for programs: <a href="/api/v1/openapi.json">the OpenAPI document</a>.
api-permission = Permission: { $permission }
api-parameter = Parameter
api-parameters-of = Parameters of { $owner }
api-body-is = Body: { $type }
api-answers-to = Answers to { $method } { $path }
api-status = Status
api-answer = Answer
api-body = Body
api-types = Types
api-one-of = One of { $words }
api-member = Member
api-members-of = Members of { $owner }
api-type = Type
api-meaning = Meaning
api-all-of = all of
api-optional = optional
api-list-of = list of { $type }
api-map-to = map to { $type }
api-any-value = any value
api-form = form { $number }

## What could not be done

not-permitted = Not permitted
too-many-attempts = Too many attempts
not-from-here = Not from here
not-from-here-detail = The request was sent by another site, or without saying where from.
not-from-here-remedy = Send it from a page of this console, or with an Authorization header. Behind a proxy, let it pass on the Host header.
nobody-can-log-in = Nobody can log in
not-logged-in = Not logged in
interrupted = Interrupted
interrupted-remedy = Try again.
not-drawn = The page could not be drawn
not-found = Page not found
not-found-detail = There is nothing at { $path }.

## The identity provider

provider-none = This console has no identity provider.
provider-away = The identity provider does not answer
provider-away-detail = It could not be asked who you are.
provider-away-remedy = Log in with an account of this console, or try again later.
provider-unusable = The identity provider cannot be used
provider-unusable-detail = What it says of itself cannot be used.
provider-unusable-remedy = Ask an administrator to see to [admin.oidc].
provider-untrusted = What came back from it is not to be trusted.
provider-try-again = Try again.
provider-begin = Begin again
provider-begin-remedy = Go to the login page and begin again.
provider-begin-or-ask = Begin again. If that does not help, ask an administrator.
provider-let-in = Ask an administrator to let you in.
provider-log = { $remedy } The host's log has more under the request id { $request }.

## The hosts that serve the database

hosts-title = Hosts
hosts-lead = The hosts that serve this database, as each last told. One of them reads the catalog for all, and the others look when something has changed.
hosts-trouble = It is not known which hosts serve the database.
hosts-all = All hosts
hosts-none = No host has told that it serves this database. The table of hosts is made by a heal.
hosts-name = Host
hosts-version = Version
hosts-state = State
hosts-verdict = Verdict
hosts-plugins = Plugins
hosts-started = Started
hosts-this = this one
hosts-reads = reads for all
hosts-settings = settings { $version }
hosts-seen = seen
hosts-unchecked = not checked yet

## Jobs

jobs-title = Jobs
jobs-lead = What plugins do without being asked. Each job runs once for the database, however many hosts serve it.
jobs-trouble = It is not known how the jobs are.
jobs-all = All jobs
jobs-none = No plugin has jobs.
jobs-job = Job
jobs-plugin = Plugin
jobs-schedule = Schedule
jobs-state = State
jobs-late = late
jobs-next = Next
jobs-last = Last began
jobs-never = never
jobs-ended = Ended
jobs-do = Do
jobs-run = Run now
jobs-pause = Pause
jobs-resume = Resume
jobs-attempts = Latest attempts
jobs-began = Began
jobs-attempt = Attempt
jobs-host = Host
jobs-took = Took
jobs-history-hint = <code>tenon job history</code> shows more of them.
job-running = running
job-retrying = waits to be tried again
job-waiting = waiting
job-paused = paused
job-succeeded = succeeded
job-failed = failed
job-lost = lost: its host has died, or lost the database

## Events

events-title = Events
events-lead = What plugins tell each other. Each event is delivered until the plugin has heard it, in order under its key.
events-trouble = It is not known which events were heard.
events-listeners = Who hears what
events-none = No plugin hears events.
events-event = Event
events-plugin = Plugin
events-waiting = Waiting
events-late = late
events-since = Since
events-given-up = Given up
events-failed = Not heard
events-emitted = Emitted
events-key = Key
events-attempts = Attempts
events-next = Next
events-is-given-up = given up
events-why = Why
events-do = Do
events-retry = Deliver again
events-retry-all = Deliver all again
events-discard = Discard
events-hint = <code>tenon event list</code> shows more of them.

## Who is told of changes

notify-title = Notifications
notify-lead = Who is told when the verdict changes, a heal ends, a plugin is put into quarantine, or something is refused. The configuration names them, below <code>[notify]</code>.
notify-trouble = It is not known what has arrived.
notify-targets = Targets
notify-nobody = Nobody is told. The file <code>tenon.toml</code> explains how a webhook or a command is added.
notify-name = Name
notify-kind = Kind
notify-events = Is told of
notify-last = Took the last
notify-waiting = Waiting
notify-given-up = Given up
notify-never = never
notify-test-hint = <code>tenon notify test</code> sends a test to each.
notify-undelivered = Not delivered
notify-target = Target
notify-message = Message
notify-changed = Changed
notify-attempts = Attempts
notify-next = Next
notify-why = Why
notify-was-given-up = given up
notify-retry-hint = <code>tenon notify retry</code> has them tried again at once.

## What codes mean

explain-title = Codes
explain-lead = Each code of a finding, a plan, a file or an error: what it means, and what helps. <code>tenon explain CODE</code> says the same.
explain-none = There is no such code
explain-none-detail = Nothing that this host reports is called { $code }.

## The installation as a whole

doctor-title = Installation
doctor-lead = Files, rights, settings and backups of this host, as they are now. Nothing is changed by looking. <code>tenon doctor</code> says the same.

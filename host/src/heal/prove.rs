//! Proving a plugin: its migrations make what its descriptors say, and the snapshot of that is locked.

pub(crate) mod names;
mod statements;
pub(crate) mod undeclared;

use std::collections::BTreeSet;
use std::sync::Arc;

use tenon_migrations_core::claims;
use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::lock::{FORMAT, Lock};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{Note, Plan, PlanRule, Refusal};
use tenon_migrations_core::repair::HazardRule;
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_migrations_core::statements::RuleId;
use tokio_postgres::Client;

use self::names::Names;
pub use self::statements::{StatementFault, StatementRule};
use crate::audit::{Spool, failed_in};
use crate::config::HealConfig;
use crate::database::connect::Database;
use crate::database::search_path::{OWN, SEARCH_PATH};
use crate::heal::decide::{AskError, Asking, Moment, PlanBasis};
use crate::heal::{self, HealContext, HealFailure, HealRequest, Origin, Purpose, Stage};
use crate::plugin::registry::{Registered, Registry};
use crate::schema::elaborate::elaborate;
use crate::schema::state::{self, ReadError};
use crate::scratch::anew;
use crate::scratch::database::{ScratchSessionError, in_scratch, in_session};
use crate::scratch::made_by::{MadeByError, Maker, requirements};
use crate::scratch::replay::{self, Bodies};

/// Why a plugin could not be proved.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    #[error("no database can be used")]
    NoDatabase,
    #[error(transparent)]
    Made(#[from] MadeByError),
    #[error("what its migrations made could not be read")]
    Read(#[from] ReadError),
    #[error("it cannot be seen what a heal would do")]
    Ask(#[from] AskError),
    #[error("it is not proved")]
    Faults(Box<Faults>),
}

/// Everything that keeps a plugin from being proved.
#[derive(Debug, Default)]
pub struct Faults {
    /// What a plan would refuse, what names something without its schema, and what nobody declares.
    pub refusals: Vec<Refusal>,
    /// The differences between its descriptors and what its migrations make.
    pub differences: Vec<Difference>,
    /// What is wrong with the statements that it says it sends.
    pub statements: Vec<StatementFault>,
    /// Why the migrations do not run, or the descriptors cannot be built, or a heal would fail.
    pub failure: Option<HealFailure>,
}

impl Faults {
    fn is_empty(&self) -> bool {
        self.refusals.is_empty()
            && self.differences.is_empty()
            && self.statements.is_empty()
            && self.failure.is_none()
    }
}

/// A plugin that is proved.
#[derive(Debug)]
pub struct Proof {
    pub lock: Lock,
    /// What is worth knowing of it, in words.
    pub warnings: Vec<String>,
}

/// Rules against statements that PostgreSQL runs all the same, so that what else is wrong can be found out.
const RUN_ALL_THE_SAME: [PlanRule; 4] = [
    PlanRule::ForeignObject,
    PlanRule::Statement(RuleId::LongName),
    PlanRule::Hazard,
    PlanRule::LackingRight,
];

/// What a plugin is proved with.
#[derive(Debug, Clone, Copy)]
pub struct Proving<'a> {
    pub registry: &'a Arc<Registry>,
    pub plugin: &'a PluginId,
    pub server: &'a Database,
    pub config: &'a HealConfig,
    /// Takes nothing: what is done in a scratch database is not recorded.
    pub spool: &'a Spool,
}

/// Plans a heal of an empty database with the plugin and all that it requires, as whoever installs it would;
/// runs the migrations in a scratch database; compares what they made with the plugin's descriptors; and
/// heals by that plan without committing. The statements that it says it sends are prepared where its
/// migrations have run. Gives the lock, in which the snapshots of other servers in the
/// former one are kept if they still speak for the plugin; or everything that is wrong.
pub async fn prove(proving: Proving<'_>, former: Option<&Lock>) -> Result<Proof, ProveError> {
    let Proving { registry, plugin: id, server, .. } = proving;
    let plugin = registry.plugins.get(id).ok_or_else(|| MadeByError::NoPlugin(id.clone()))?;
    in_scratch(server, async |scratch| {
        in_session(&scratch, async |client| proved(&proving, plugin, former, &scratch, client).await).await
    })
    .await
    .map_err(MadeByError::from)?
    .map_err(MadeByError::from)?
}

async fn proved(
    proving: &Proving<'_>,
    plugin: &Registered,
    former: Option<&Lock>,
    database: &Database,
    client: Client,
) -> Result<Proof, ProveError> {
    let registry = proving.registry;
    let names = Names::new(&client, &plugin.info.id);
    let mut runner = replay::begin(&client, Bodies::Checked, names).await.map_err(MadeByError::from)?;
    let needed = requirements(registry, &plugin.info.id);
    let mut request = request(registry, &needed);
    let (mut decided, mut plan) = planned(proving, &request, &client).await?;
    // Whether a plugin may reach out of the database is asked whoever installs it.
    let asked = plan.refusals.iter().filter_map(|refusal| refusal.allow.clone());
    request.repairs.allowed.extend(asked.filter(|hazard| hazard.rule == HazardRule::ReachOut));
    if !request.repairs.allowed.is_empty() {
        (decided, plan) = planned(proving, &request, &client).await?;
    }
    anew::write_remedies(proving.server, registry, &decided.state, &mut plan).await;
    let elsewhere = plan.notes.iter().filter(|note| note.rule == PlanRule::EnumValueElsewhere).map(refused);
    let refusals = plan.refusals.iter().cloned().chain(elsewhere).collect();
    let mut faults = Faults { refusals, ..Faults::default() };
    let runs = |refusal: &Refusal| RUN_ALL_THE_SAME.contains(&refusal.rule);
    if !faults.refusals.iter().all(runs) {
        return Err(ProveError::Faults(faults.into()));
    }
    if !plugin.info.id.is_core() {
        replay::make_open(&client).await.map_err(MadeByError::Session)?;
    }
    let mut maker = Maker::new(&client, &plugin.info.id);
    for migration in registry.migrations.iter().filter(|migration| needed.contains(&migration.id.plugin)) {
        maker.next(migration).await.map_err(MadeByError::Standing)?;
        if let Err(error) = runner.run(migration).await {
            faults.refusals.append(&mut runner.observer.found);
            faults.failure = Some(error.into());
            return Err(ProveError::Faults(faults.into()));
        }
    }
    faults.refusals.append(&mut runner.observer.found);
    let (standing, made) = maker.end().await.map_err(MadeByError::Standing)?;
    client.batch_execute(SEARCH_PATH).await.map_err(MadeByError::Session)?;
    let declared = elaborate(&client, &plugin.descriptors).await;
    client.batch_execute(OWN).await.map_err(MadeByError::Session)?;
    let state = state::within(&client, &claims::schemas(&plugin.claims).into()).await?;
    let declared = match declared {
        Ok(declared) => {
            faults.differences = compare(&declared, &claims::part(&state.live, &plugin.claims, &declared));
            declared
        }
        Err(error) => {
            faults.failure = Some(failed_in(Stage::Elaborate, &error));
            CatalogSnapshot::default()
        }
    };
    faults.refusals.extend(undeclared::undeclared(registry, plugin, &needed, &standing, &made, &declared));
    let sent = statements::check(&client, plugin, &registry.ownership).await.map_err(MadeByError::Session)?;
    faults.statements = sent.faults;
    client.batch_execute("ROLLBACK").await.map_err(MadeByError::Session)?;
    if faults.is_empty() {
        let context = HealContext {
            database: database.clone(),
            serving: None,
            reader: None,
            registry: Arc::clone(registry),
            config: proving.config.clone(),
            spool: proving.spool.clone(),
            host: String::new(),
            cached_state: Arc::default(),
            measured: None,
            roles: None,
        };
        loop {
            let proof = heal::proof::prove(&context, &request, decided, plan).await;
            faults.failure = proof.map_err(ScratchSessionError::from).map_err(MadeByError::from)?;
            let before = request.repairs.allowed.len();
            request
                .repairs
                .allowed
                .extend(faults.failure.iter().flat_map(|failure| failure.consents.clone()));
            if request.repairs.allowed.len() == before {
                break;
            }
            let batch = async |sql| client.batch_execute(sql).await.map_err(MadeByError::Session);
            batch("BEGIN").await?;
            (decided, plan) = planned(proving, &request, &client).await?;
            batch("ROLLBACK").await?;
        }
    }
    if !faults.is_empty() {
        return Err(ProveError::Faults(faults.into()));
    }
    let theirs = plugin.files.clone();
    let printer = state.ledger.printer();
    let speaks = |lock: &&Lock| lock.staleness(printer.queries, plugin.descriptors_hash, &theirs).is_empty();
    let former = former.filter(speaks);
    let mut snapshots = former.map(|lock| lock.snapshots.clone()).unwrap_or_default();
    snapshots.insert(printer.server_major, declared);
    let lock = Lock {
        format: FORMAT,
        plugin: plugin.info.id.clone(),
        descriptors: plugin.descriptors_hash,
        queries: printer.queries,
        migrations: theirs,
        snapshots,
    };
    Ok(Proof { lock, warnings: sent.warnings })
}

/// A heal with these plugins alone, that is not committed.
fn request(registry: &Registry, needed: &BTreeSet<PluginId>) -> HealRequest {
    let others = registry.plugins.keys().filter(|id| !id.is_core() && !needed.contains(*id));
    let without = others.cloned().collect();
    HealRequest { without, purpose: Purpose::Rehearsal, ..HealRequest::new("", Origin::Cli) }
}

/// What would fail on an empty database of another major keeps a plugin from being proved on this one.
fn refused(note: &Note) -> Refusal {
    Refusal {
        plugin: Some(note.plugin.clone()),
        rule: note.rule,
        place: note.place.clone(),
        excerpt: String::new(),
        reason: note.reason.clone(),
        remedy: note.remedy.clone(),
        allow: None,
    }
}

/// What a heal of the empty database would do, by the function that decides that for all.
async fn planned(
    proving: &Proving<'_>,
    request: &HealRequest,
    client: &Client,
) -> Result<(PlanBasis, Plan), ProveError> {
    let registry = proving.registry;
    client.batch_execute(OWN).await.map_err(MadeByError::Session)?;
    let state = Arc::new(state::within(client, &registry.schemas().into()).await?);
    let decided = PlanBasis::of(registry, state, request.wish());
    let asking = Asking {
        client,
        registry,
        config: proving.config,
        roles: None,
        measured: None,
        moment: Moment::Proof,
    };
    let plan = decided.ask(asking, request.wish()).await?.plan;
    Ok((decided, plan))
}

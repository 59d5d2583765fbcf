//! The server: its version, the settings that matter, connections, and its clock.

use jiff::Timestamp;
use tokio_postgres::{Error, Row};

use super::asked::unread;
use crate::config::{Config, Environment};
use crate::host::Tenon;
use crate::report::doctor::DoctorLine;

const SERVER: &str = "server";
const CONNECTIONS: &str = "connections";
const CLOCK: &str = "clock";

/// What a host takes besides its pool: a heal with its record, the ear for other hosts, a rehearsal.
const BESIDES: i32 = 4;
/// How much room for locks is little, whatever the plan.
const FEW_LOCKS: i64 = 2000;
/// How many seconds clocks may differ before logs are hard to read, and before sessions end at odd times.
const ODD: f64 = 5.0;
const WRONG: f64 = 60.0;

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let began = Timestamp::now();
    let row = match host.ask(include_str!("sql/server.sql")).await {
        Ok(row) => row,
        Err(error) => return vec![unread(SERVER, &error)],
    };
    let ended = Timestamp::now();
    let here = f64::midpoint(seconds(began), seconds(ended));
    told(&row, &host.config, here)
        .unwrap_or_else(|error| vec![DoctorLine::unknown(SERVER, &error.to_string())])
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

fn told(row: &Row, config: &Config, here: f64) -> Result<Vec<DoctorLine>, Error> {
    let version: &str = row.try_get("version")?;
    let mut lines = vec![DoctorLine::ok(SERVER, format!("PostgreSQL {version}"))];
    if row.try_get("standby")? {
        let told = "the server is a hot standby: checks work, heals do not";
        lines.push(DoctorLine::warning(SERVER, told, "give database.url the address of the primary to heal"));
    }
    let mut settings = Vec::new();
    for (name, why) in
        [("fsync", "a crash of the machine"), ("full_page_writes", "a crash in the middle of a write")]
    {
        if row.try_get(name)? {
            continue;
        }
        let told = format!("{name} is off: {why} may damage the database");
        let remedy = format!("as a superuser: ALTER SYSTEM SET {name} = on, then SELECT pg_reload_conf()");
        settings.push(match config.environment {
            Environment::Production => DoctorLine::problem(SERVER, told, remedy),
            Environment::Development => DoctorLine::warning(SERVER, told, remedy),
        });
    }
    if row.try_get("read_only")? {
        let told = "default_transaction_read_only is on: a heal wants consent by name";
        let remedy =
            "ask who has set it; for the database: ALTER DATABASE … RESET default_transaction_read_only";
        settings.push(DoctorLine::warning(SERVER, told, remedy));
    }
    for (column, name, what) in [
        ("idle_ms", "idle_session_timeout", "the host's connections while nobody asks"),
        ("transaction_ms", "transaction_timeout", "a heal that takes longer"),
    ] {
        let ms: Option<i32> = row.try_get(column)?;
        if let Some(ms) = ms.filter(|ms| *ms > 0) {
            let told = format!("{name} is {ms} ms: the server ends {what}");
            let remedy = format!("for the roles of Tenon: ALTER ROLE … SET {name} = 0");
            settings.push(DoctorLine::warning(SERVER, told, remedy));
        }
    }
    lines.append(&mut settings);
    lines.extend(connections(row, config)?);
    lines.push(clock(row.try_get::<_, f64>("clock")? - here));
    Ok(lines)
}

fn connections(row: &Row, config: &Config) -> Result<Vec<DoctorLine>, Error> {
    let [most, reserved, used, ours, locks]: [i32; 5] = [
        row.try_get("max_connections")?,
        row.try_get("reserved")?,
        row.try_get("connections")?,
        row.try_get("ours")?,
        row.try_get("locks")?,
    ];
    let pool = i32::try_from(config.database.pool_size.get()).unwrap_or(i32::MAX);
    let (room, wanted) = (most - reserved, pool.saturating_add(BESIDES));
    let told = format!(
        "the server takes {room}, of which {used} are in use ({ours} by Tenon); this host takes up to {wanted}"
    );
    let remedy =
        format!("lower database.pool_size, or raise max_connections above {}", wanted + reserved + 10);
    let line = if wanted > room {
        DoctorLine::problem(CONNECTIONS, told, remedy)
    } else if used - ours + wanted > room {
        DoctorLine::warning(CONNECTIONS, told, remedy)
    } else {
        DoctorLine::ok(CONNECTIONS, told)
    };
    let all = i64::from(locks) * i64::from(most);
    let few = (all < FEW_LOCKS).then(|| {
        let told = format!("there is room for {all} locks, which a heal of many tables exceeds");
        let remedy = "raise max_locks_per_transaction, and start the server anew";
        DoctorLine::warning(SERVER, told, remedy)
    });
    Ok(std::iter::once(line).chain(few).collect())
}

/// The line for clocks of which the server's is so many seconds ahead.
fn clock(ahead: f64) -> DoctorLine {
    let side = if ahead < 0.0 { "behind" } else { "ahead of" };
    let told = format!("the server's clock is {:.1} s {side} this machine's", ahead.abs());
    let remedy = "set both by NTP: timedatectl set-ntp true";
    match ahead.abs() {
        off if off > WRONG => DoctorLine::problem(CLOCK, told, remedy),
        off if off > ODD => DoctorLine::warning(CLOCK, told, remedy),
        _ => DoctorLine::ok(CLOCK, told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::doctor::DoctorState;

    #[test]
    fn clocks_may_differ_by_some_seconds_and_no_minute() {
        let states = [0.2, -4.0, 7.0, -30.0, 90.0].map(|ahead| clock(ahead).state);
        let (ok, warning) = (DoctorState::Ok, DoctorState::Warning);
        assert_eq!(states, [ok, ok, warning, warning, DoctorState::Problem]);
        assert!(clock(-90.0).message.contains("90.0 s behind"));
    }
}

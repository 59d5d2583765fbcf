//! The jobs of plugins: whether they run when they are due, and come to a good end.

use crate::host::Tenon;
use crate::host::jobs::JobReport;
use crate::report::doctor::DoctorLine;

const TOPIC: &str = "jobs";

const HISTORY: &str = "`tenon job history` shows the latest attempts, each with what it said";
const LIST: &str = "`tenon job list` shows the jobs, `tenon host list` the hosts with their plugins; a heal that runs, \
                    or a plugin that is held, keeps a job back; pause what is not to run";

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let list = host.job_list().await;
    match &list.trouble {
        Some(trouble) => vec![DoctorLine::unknown(TOPIC, trouble)],
        None => told(&list.jobs),
    }
}

fn told(jobs: &[JobReport]) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for one in jobs {
        let JobReport { plugin, job, .. } = one;
        if let Some(late) = one.late_seconds {
            let message =
                format!("job {job} of plugin {plugin} has been due for {late} s, and no host runs it");
            lines.push(DoctorLine::warning(TOPIC, message, LIST));
        } else if let Some(last) = one.last.as_ref().filter(|_| one.fails()) {
            let why = last.message.as_deref().unwrap_or("its host has died");
            let message = format!("job {job} of plugin {plugin} failed the last time: {why}");
            lines.push(DoctorLine::warning(TOPIC, message, HISTORY));
        }
    }
    if lines.is_empty() {
        let message = match jobs.len() {
            0 => "no plugin has jobs".to_owned(),
            1 => "one job of a plugin runs as it should".to_owned(),
            many => format!("{many} jobs of plugins run as they should"),
        };
        lines.push(DoctorLine::ok(TOPIC, message));
    }
    lines
}

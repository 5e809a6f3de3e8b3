//! What the variables of a batch system say about the job that this worker runs in: Slurm, PBS, LSF and Grid Engine.
//!
//! Nothing is asked of the batch system itself.

use godwit_common::size;
use godwit_common::time::Time;
use std::time::Duration;

/// A batch job, as far as its environment tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchJob {
    /// The batch system and the job's id: `slurm:4711`.
    pub name: String,
    /// Cpus that the job has on this machine.
    pub cpus: Option<u32>,
    /// Bytes of memory that the job has on this machine.
    pub memory: Option<u64>,
    /// When the job is ended.
    pub ends: Option<JobEnd>,
}

/// When a job is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// At this time.
    At(Time),
    /// This long after it began, which is taken to be now.
    After(Duration),
}

impl JobEnd {
    /// The time by a clock that says `now`.
    pub fn time(self, now: Time) -> Time {
        match self {
            JobEnd::At(time) => time,
            JobEnd::After(span) => now + span,
        }
    }
}

/// The job whose variables are there.
pub(super) fn job(variable: &impl Fn(&str) -> Option<String>) -> Option<BatchJob> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let number = |name: &str| variable(name)?.parse::<u32>().ok().filter(|number| *number > 0);
    let name = |system: &str, id: &str| Some(format!("{system}:{}", variable(id)?));
    if let Some(name) = name("slurm", "SLURM_JOB_ID") {
        let cpus = slurm_cpus(&number);
        return Some(BatchJob {
            name,
            cpus,
            memory: slurm_memory(&variable, cpus),
            ends: number("SLURM_JOB_END_TIME")
                .map(|seconds| JobEnd::At(Time(u64::from(seconds) * 1_000_000))),
        });
    }
    if let Some(name) = name("pbs", "PBS_JOBID") {
        return Some(BatchJob {
            name,
            cpus: number("PBS_NUM_PPN").or_else(|| number("NCPUS")),
            memory: None,
            ends: number("PBS_WALLTIME").map(|seconds| JobEnd::After(Duration::from_secs(seconds.into()))),
        });
    }
    if let Some(name) = name("lsf", "LSB_JOBID") {
        return Some(BatchJob {
            name,
            cpus: lsf_cpus(&variable).or_else(|| number("LSB_DJOB_NUMPROC")),
            memory: None,
            ends: None,
        });
    }
    // JOB_ID alone could be anybody's variable.
    variable("SGE_ROOT")?;
    Some(BatchJob {
        name: name("sge", "JOB_ID")?,
        cpus: number("NSLOTS").filter(|_| number("NHOSTS").is_none_or(|hosts| hosts == 1)),
        memory: None,
        ends: None,
    })
}

/// All that the job has on this machine; for one of several tasks of a step, what a task has.
fn slurm_cpus(number: &impl Fn(&str) -> Option<u32>) -> Option<u32> {
    let of_task =
        number("SLURM_CPUS_PER_TASK").filter(|_| number("SLURM_STEP_NUM_TASKS").is_some_and(|n| n > 1));
    of_task.or_else(|| number("SLURM_CPUS_ON_NODE"))
}

/// Slurm counts in MiB unless it says otherwise; 0 stands for all.
fn slurm_memory(variable: &impl Fn(&str) -> Option<String>, cpus: Option<u32>) -> Option<u64> {
    let amount = |name: &str| {
        let text = variable(name)?;
        let bytes = match text.parse::<u64>() {
            Ok(mebibytes) => mebibytes.checked_mul(1 << 20)?,
            Err(_) => size::parse(&text).ok()?,
        };
        Some(bytes).filter(|bytes| *bytes > 0)
    };
    let of_cpus = || amount("SLURM_MEM_PER_CPU")?.checked_mul(cpus?.into());
    amount("SLURM_MEM_PER_NODE").or_else(of_cpus)
}

/// `LSB_MCPU_HOSTS` is a list of hosts, each followed by its cpus. If there is only one, it is this machine.
fn lsf_cpus(variable: &impl Fn(&str) -> Option<String>) -> Option<u32> {
    let text = variable("LSB_MCPU_HOSTS")?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let own = variable("HOSTNAME").unwrap_or_default();
    let short = |host: &str| host.split('.').next().unwrap_or_default().to_owned();
    let mut hosts = words.chunks_exact(2);
    let found = match &words[..] {
        [_, cpus] => cpus,
        _ => hosts.find(|pair| short(pair[0]) == short(&own))?[1],
    };
    found.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Expected<'a> = (&'a str, Option<u32>, Option<u64>, Option<JobEnd>);

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: Option<Expected<'_>>) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let expected =
            expected.map(|(name, cpus, memory, ends)| BatchJob { name: name.to_owned(), cpus, memory, ends });
        assert_eq!(job(&variable), expected);
    }

    #[test]
    fn slurm() {
        let ends = Some(JobEnd::At(Time(1_900_000_000_000_000)));
        let job = [("SLURM_JOB_ID", "17"), ("SLURM_CPUS_ON_NODE", "8"), ("SLURM_JOB_END_TIME", "1900000000")];
        check(&job, Some(("slurm:17", Some(8), None, ends)));
        let of_a_task = [
            ("SLURM_JOB_ID", "17"),
            ("SLURM_CPUS_ON_NODE", "8"),
            ("SLURM_CPUS_PER_TASK", "2"),
            ("SLURM_STEP_NUM_TASKS", "4"),
            ("SLURM_MEM_PER_CPU", "1024"),
        ];
        check(&of_a_task, Some(("slurm:17", Some(2), Some(2 << 30), None)));
        let per_node = [("SLURM_JOB_ID", "17"), ("SLURM_MEM_PER_NODE", "4G")];
        check(&per_node, Some(("slurm:17", None, Some(4 << 30), None)));
        check(&[("SLURM_JOB_ID", "17"), ("SLURM_MEM_PER_NODE", "0")], Some(("slurm:17", None, None, None)));
    }

    #[test]
    fn the_others() {
        let pbs = [("PBS_JOBID", "5.server"), ("NCPUS", "16"), ("PBS_WALLTIME", "3600")];
        let ends = Some(JobEnd::After(Duration::from_secs(3600)));
        check(&pbs, Some(("pbs:5.server", Some(16), None, ends)));
        check(&[("LSB_JOBID", "9"), ("LSB_DJOB_NUMPROC", "4")], Some(("lsf:9", Some(4), None, None)));
        let lsf = [
            ("LSB_JOBID", "9"),
            ("LSB_MCPU_HOSTS", "a 4 b.c 2"),
            ("HOSTNAME", "b"),
            ("LSB_DJOB_NUMPROC", "6"),
        ];
        check(&lsf, Some(("lsf:9", Some(2), None, None)));
        let sge = [("SGE_ROOT", "/sge"), ("JOB_ID", "3"), ("NSLOTS", "6"), ("NHOSTS", "1")];
        check(&sge, Some(("sge:3", Some(6), None, None)));
        check(
            &[("SGE_ROOT", "/sge"), ("JOB_ID", "3"), ("NSLOTS", "6"), ("NHOSTS", "2")],
            Some(("sge:3", None, None, None)),
        );
    }

    #[test]
    fn no_job() {
        check(&[], None);
        check(&[("JOB_ID", "3"), ("NSLOTS", "6")], None);
        check(&[("SLURM_JOB_ID", "")], None);
    }
}

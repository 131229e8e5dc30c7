use super::*;

#[tokio::test(start_paused = true)]
async fn every_base_arrives_and_the_rate_limit_is_never_exceeded() {
    let (sandbox, start) = (SandboxService::new(self_hosted(500)), Instant::now());
    let sizes = export_all(&sandbox).await.unwrap();
    assert_eq!(sizes, (1000..1500).collect::<Vec<u64>>());
    let log = sandbox.state().log;
    assert_eq!((log.len(), log.iter().filter(|entry| entry.status == Some(429)).count()), (500, 0));
    // 20 a minute, and hardly less.
    assert!((500 * 3 - 60..500 * 3 + 60).contains(&start.elapsed().as_secs()));
}

public import TocsinConfiguration

extension ScalingPolicy {
    /// A policy from a configuration; what that leaves out is at its default.
    public init(_ settings: AutoscalerConfiguration) {
        minimum = settings.minimum ?? min(minimum, settings.maximum ?? minimum)
        maximum = settings.maximum ?? max(maximum, minimum)
        drainTarget = settings.drainTarget ?? drainTarget
        slo = settings.slo ?? slo
        utilisation = settings.utilisation ?? utilisation
        startTime = settings.startTime ?? startTime
        upStep = settings.upStep ?? upStep
        downWindow = settings.downWindow ?? downWindow
        downStep = settings.downStep ?? downStep
        downPeriod = settings.downPeriod ?? downPeriod
        deadband = settings.deadband ?? deadband
        idleAfter = settings.idleAfter ?? idleAfter
        workerRate = settings.workerRate ?? workerRate
        routingRate = settings.routingRate ?? routingRate
        cpuTarget = settings.cpuTarget ?? cpuTarget
        redisLatency = settings.redisLatency ?? redisLatency
        redisLoad = settings.redisLoad ?? redisLoad
        freeze = settings.freeze ?? freeze
        failedStarts = settings.failedStarts ?? failedStarts
        ruleInterval = settings.ruleInterval ?? ruleInterval
        rules = settings.rules.compactMap { rule in
            MetricRule.Metric(rawValue: rule.metric.rawValue).map {
                MetricRule(metric: $0, threshold: rule.threshold, factor: rule.scaleFactor)
            }
        }
    }
}

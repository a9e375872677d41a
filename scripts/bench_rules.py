"""The parts of scripts/bench that put many rules between an alert and its notification.

Both systems read the same alertmanager.yml; Tocsin does so as `tocsin alertmanager`.
"""

import json
import time
import urllib.request


def post(url, value):
    """Posts JSON and answers what comes back."""
    request = urllib.request.Request(
        url, json.dumps(value).encode(), {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def timed(url):
    """Seconds that it takes to read an answer to its end."""
    start = time.monotonic()
    with urllib.request.urlopen(url, timeout=120) as answer:
        while answer.read(1 << 20):
            pass
    return time.monotonic() - start


def send(url, alerts, size=100):
    """Posts alerts in batches; answers when the first was sent."""
    start = time.monotonic()
    for offset in range(0, len(alerts), size):
        post(url + "/api/v2/alerts", alerts[offset:offset + size])
    return start


class Rules:
    """Routes, inhibition and silences; mixed into the bench, which starts the servers."""

    receiver = """
receivers:
  - name: hook
    webhook_configs: [{{url: "http://127.0.0.1:{port}/hook"}}]
"""

    def routes(self):
        """500 routes in three levels with matchers of every kind, 10,000 groups."""
        groups = 2000 if self.quick else 10000
        lines = ["route:", "  receiver: hook", "  group_by: [bench_id]", "  group_wait: 0s", "  group_interval: 5m",
                 "  routes:"]
        for team in range(10):
            lines += [f"    - matchers: ['team=\"t{team}\"', 'env!=\"test\"']", "      routes:"]
            for tier in range(7):
                lines += [f"        - matchers: ['tier=~\"x|r{tier}\"']", "          routes:"]
                for app in range(6):
                    end = ", continue: true" if app == 5 else ""
                    lines.append(f"            - {{matchers: ['app=~\"a{app}.*\"', 'zone!~\"z{app}.+\"']{end}}}")
        alerts = [
            {"labels": {"bench_id": f"r-{i}", "team": f"t{i % 10}", "tier": f"r{i // 10 % 7}", "app": f"a{i // 70 % 6}b",
                        "env": "prod", "zone": "eu"}} for i in range(groups)]
        rates, seconds = {}, {}
        for system, url, processor in self.both("\n".join(lines)):
            self.forget()
            before = processor()
            start = send(url, alerts)
            self.await_distinct(groups)
            rates[system] = [groups / (time.monotonic() - start)]
            seconds[system] = [processor() - before]
        self.note(f"500 routes, {groups:,} groups: alerts posted and notified", "per s", True, rates)
        self.note("  processor time of the server", "s", False, seconds)

    def inhibition(self):
        """10,000 targets in groups with ten sources; what is free in those groups, and the targets once they are."""
        targets = 2000 if self.quick else 10000
        config = """
route: {receiver: hook, group_by: [cluster], group_wait: 2s, group_interval: 5s, repeat_interval: 4h}
inhibit_rules:
  - {source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [cluster]}
"""
        def alert(name, cluster, severity, **more):
            return {"labels": {"bench_id": name, "cluster": f"c{cluster}", "severity": severity}, **more}
        sources = [alert(f"source-{i}", i, "critical") for i in range(10)]
        free = [alert(f"free-{i}", i % 10, "info") for i in range(100)]
        held = [alert(f"held-{i}", i % 10, "warning") for i in range(targets)]
        first, released, seconds = {}, {}, {}
        for system, url, processor in self.both(config):
            self.forget()
            before = processor()
            start = send(url, sources + free + held)
            self.await_distinct(110)
            first[system] = [max(0, time.monotonic() - start - 2)]
            # Two intervals with everything inhibited.
            time.sleep(11)
            if (found := self.received()["distinct"]) != 110:
                raise SystemExit(f"{system} told of {found} alerts where 110 are free")
            ended = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            start = send(url, [dict(one, endsAt=ended) for one in sources])
            self.await_distinct(110 + targets)
            released[system] = [time.monotonic() - start]
            seconds[system] = [processor() - before]
        self.note(f"free alerts among {targets:,} inhibited ones: after group_wait", "s", False, first)
        self.note("  all released, at most a group_interval of 5 s after", "s", False, released)
        self.note("  processor time of the server", "s", False, seconds)

    def silences(self):
        """1,000 silences, half of them by regular expression, and 10,000 alerts of which half are silenced."""
        count, alerts = (200, 2000) if self.quick else (1000, 10000)
        config = "route: {receiver: hook, group_by: [bench_id], group_wait: 1s, group_interval: 5m}"
        body = [
            {"labels": {"bench_id": f"s-{i}", "host": f"h{i % (2 * count)}", "severity": "warning"}}
            for i in range(alerts)]
        silenced = sum(1 for i in range(alerts) if i % (2 * count) < count)
        rates, lists, listed, made = {}, {}, {}, {}
        for system, url, _ in self.both(config):
            self.forget()
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            start = time.monotonic()
            for i in range(count):
                value, regex = (f"h{i}", False) if i % 2 else (f"(x|h){i}", True)
                post(url + "/api/v2/silences", {
                    "matchers": [{"name": "host", "value": value, "isRegex": regex, "isEqual": True}],
                    "startsAt": now, "endsAt": end, "createdBy": "bench", "comment": "bench"})
            made[system] = [count / (time.monotonic() - start)]
            start = send(url, body)
            self.await_distinct(alerts - silenced)
            rates[system] = [(alerts - silenced) / max(0.001, time.monotonic() - start - 1)]
            lists[system] = [timed(url + "/api/v2/alerts?silenced=false")]
            listed[system] = [timed(url + "/api/v2/silences")]
            if (found := self.received()["distinct"]) != alerts - silenced:
                raise SystemExit(f"{system} told of {found} alerts, {alerts - silenced} are not silenced")
        self.note(f"{count:,} silences posted", "per s", True, made)
        self.note(f"  {alerts:,} alerts, half of them silenced: notifications, after group_wait", "per s", True, rates)
        self.note("  list of the alerts that are not silenced", "s", False, lists)
        self.note("  list of the silences", "s", False, listed)

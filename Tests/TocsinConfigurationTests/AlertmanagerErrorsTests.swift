import Testing
import TocsinConfiguration

/// What is wrong with a file is told in Alertmanager's words.
struct AlertmanagerErrorsTests {
    private static let tail = "\nreceivers: [{name: a}]\n"

    /// The message and the line, or nothing if the text is a configuration.
    private func fault(_ text: String) -> (message: String, line: Int)? {
        do {
            _ = try AlertmanagerFile.parse(text, path: "/etc/alertmanager/x.yml")
            return nil
        } catch {
            return (error.message, error.location.line)
        }
    }

    @Test(arguments: [
        ("", "no route provided in config"),
        ("# nothing\n", "no route provided in config"),
        ("receivers: []\n", "no routes provided"),
        ("route: {}" + tail, "root route must specify a default receiver"),
        ("route: {receiver: a, match: {b: c}}" + tail, "root route must not have any matchers"),
        ("route: {receiver: a, match_re: {b: c}}" + tail, "root route must not have any matchers"),
        ("route: {receiver: a, matchers: [b=c]}" + tail, "root route must not have any matchers"),
        ("route: {receiver: a, mute_time_intervals: [x]}" + tail, "root route must not have any mute time intervals"),
        (
            "route: {receiver: a, active_time_intervals: [x]}" + tail,
            "root route must not have any active time intervals"
        ),
        ("route: {receiver: a, continue: true}" + tail, "cannot have continue in root route"),
        ("route: {receiver: x}" + tail, #"undefined receiver "x" used in route"#),
        ("route: {receiver: a, routes: [{receiver: y}]}" + tail, #"undefined receiver "y" used in route"#),
        (
            "route: {receiver: a, routes: [{mute_time_intervals: [x]}]}" + tail,
            #"undefined time interval "x" used in route"#
        ),
        ("route: {receiver: a}\nreceivers: [{name: a}, {name: a}]\n", #"notification config name "a" is not unique"#),
        ("route: {receiver: a, group_by: [b, b]}" + tail, #"duplicated label "b" in group_by"#),
        (
            "route: {receiver: a, group_by: [b, '...']}" + tail,
            "cannot have wildcard group_by (`...`) and other labels at the same time"
        ),
        ("route: {receiver: a, group_interval: 0s}" + tail, "group_interval cannot be zero"),
        ("route: {receiver: a, repeat_interval: 0s}" + tail, "repeat_interval cannot be zero"),
        ("route: {receiver: a, group_wait: 1 s}" + tail, #"not a valid duration string: "1 s""#),
        ("route: {receiver: a, routes: [{match: {b-c: d}}]}" + tail, #"invalid label name "b-c""#),
        (
            "route: {receiver: a, routes: [{match_re: {b: '('}}]}" + tail,
            "error parsing regexp: missing closing ): `^(?:()$`"
        ),
        ("route: {receiver: a}\nreceivers: [{}]\n", "missing name in receiver"),
        ("route: {receiver: a}\ntime_intervals: [{}]" + tail, "missing name in time interval"),
        ("route: {receiver: a}\nmute_time_intervals: [{}]" + tail, "missing name in mute time interval"),
        (
            "route: {receiver: a}\ntime_intervals: [{name: b}, {name: b}]" + tail,
            #"time interval "b" is not unique"#
        ),
        (
            "route: {receiver: a}\nmute_time_intervals: [{name: b}]\ntime_intervals: [{name: b}]" + tail,
            #"time interval "b" is not unique"#
        ),
        (
            "route: {receiver: a}\ntime_intervals: [{name: b, time_intervals: [{weekdays: [x]}]}]" + tail,
            "x is not a valid weekday"
        ),
        (
            "route: {receiver: a}\ntime_intervals: [{name: b, time_intervals: [{times: [{start_time: '8:00'}]}]}]"
                + tail,
            "both start and end times must be provided"
        ),
        ("route: {receiver: a}\nglobal: {smtp_smarthost: host}" + tail, "address host: missing port in address"),
        ("route: {receiver: a}\nglobal: {pagerduty_url: 'ftp://x'}" + tail, #"unsupported scheme "ftp" for URL"#),
        ("route: {receiver: a}\nglobal: {pagerduty_url: 'http://'}" + tail, "missing host for URL"),
        (
            "route: {receiver: a}\nglobal: {pagerduty_url: 'http://x:y/'}" + tail,
            #"parse "http://x:y/": invalid port ":y" after host"#
        ),
        (
            "route: {receiver: a}\nglobal: {slack_api_url: 'http://[se'}" + tail,
            #"parse "<secret>": missing ']' in host"#
        ),
    ])
    func semantics(text: String, message: String) { #expect(fault(text)?.message == message) }

    @Test(arguments: [
        ("x: 1", "line 1: field x not found in type config.plain"),
        ("route: 5", "line 1: cannot unmarshal !!int `5` into config.plain"),
        ("route: [a]", "line 1: cannot unmarshal !!seq into config.plain"),
        ("route: {receiver: [a]}", "line 1: cannot unmarshal !!seq into string"),
        ("route: {continue: maybe not today}", "line 1: cannot unmarshal !!str `maybe n...` into bool"),
        ("route: {continue: 'true'}", "line 1: cannot unmarshal !!str `true` into bool"),
        ("route: {group_by: a}", "line 1: cannot unmarshal !!str `a` into []string"),
        ("route: {routes: {a: b}}", "line 1: cannot unmarshal !!map into []*config.Route"),
        ("route: {match: [a]}", "line 1: cannot unmarshal !!seq into map[string]string"),
        ("receivers: [{webhook_configs: [{max_alerts: -1}]}]", "line 1: cannot unmarshal !!int `-1` into uint64"),
        ("route: {}\nroute: {}", "line 2: field route already set in type config.plain"),
        ("route:\n  match:\n    a: b\n    a: c", "line 4: key \"a\" already set in map"),
        ("route: {match: {a: b, a: c}}", "line 1: key \"a\" already set in map"),
        (
            "x: 1\nglobal: [a]",
            "line 1: field x not found in type config.plain\n  line 2: cannot unmarshal !!seq into config.plain"
        ),
    ])
    func types(text: String, problems: String) {
        #expect(fault(text)?.message == "yaml: unmarshal errors:\n  " + problems)
    }

    @Test(arguments: [
        ("route: [a", "yaml: line 1: did not find expected ',' or ']'"),
        ("route:\n  a: b\n c: d", "yaml: line 2: did not find expected key"),
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("route: *there", "yaml: unknown anchor 'there' referenced"),
        ("route: {<<: 5}", "yaml: map merge requires map or sequence of maps as the value"),
    ])
    func syntax(text: String, message: String) { #expect(fault(text)?.message == message) }

    @Test(arguments: [
        ("webhook", "{}", "one of url or url_file must be configured"),
        ("webhook", "{url: 'http://x', url_file: /x}", "at most one of url & url_file must be configured"),
        ("webhook", "{url: x}", #"invalid URL: unsupported scheme "" for URL"#),
        ("discord", "{}", "one of webhook_url or webhook_url_file must be configured"),
        ("msteams", "{}", "one of webhook_url or webhook_url_file must be configured"),
        ("msteamsv2", "{}", "one of webhook_url or webhook_url_file must be configured"),
        ("email", "{}", "missing to address in email config"),
        ("email", "{to: a}", "no global SMTP smarthost set"),
        ("email", "{to: a, smarthost: 'x:1'}", "no global SMTP from set"),
        ("email", "{to: a, headers: {a-b: c, A-B: d}}", #"duplicate header "A-B" in email config"#),
        ("email", "{to: a, threading: {enabled: true}}", "threading.thread_by_date must be either 'none' or 'daily'"),
        ("pagerduty", "{}", "missing service or routing key in PagerDuty config"),
        (
            "pagerduty", "{routing_key: a, routing_key_file: b}",
            "at most one of routing_key & routing_key_file must be configured"
        ),
        (
            "opsgenie", "{api_key: a, responders: [{type: team}]}",
            "opsGenieConfig responder {   team} has to have at least one of id, username or name specified"
        ),
        (
            "opsgenie", "{api_key: a, responders: [{id: i, type: Crowd}]}",
            "opsGenieConfig responder {i   crowd} type does not match valid options "
                + "^(team|teams|user|escalation|schedule)$"
        ),
        ("victorops", "{}", "missing Routing key in VictorOps config"),
        ("pushover", "{}", "one of user_key or user_key_file must be configured"),
        ("pushover", "{user_key: a}", "one of token or token_file must be configured"),
        (
            "sns", "{topic_arn: a, sigv4: {access_key: b}}",
            "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config"
        ),
        ("telegram", "{}", "missing chat_id or chat_id_file on telegram_config"),
        ("telegram", "{chat_id: 1}", "missing bot_token or bot_token_file on telegram_config"),
        (
            "telegram", "{chat_id: 1, parse_mode: x}",
            "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string"
        ),
        ("webex", "{}", "missing room_id on webex_config"),
        ("webex", "{room_id: a}", "missing webex_configs.http_config.authorization"),
        ("wechat", "{message_type: x}", #"weChat message type "x" does not match valid options ^(text|markdown)$"#),
        ("wechat", "{api_secret: a}", "no global Wechat CorpID set"),
        ("jira", "{}", "missing project in jira_config"),
        ("jira", "{project: a, issue_type: b}", "no global Jira Cloud URL set"),
        ("rocketchat", "{}", "no global Rocketchat TokenID set either inline or in a file"),
        ("incidentio", "{}", "one of url or url_file must be configured"),
        ("slack", "{fields: [{title: a}]}", "missing value in Slack field configuration"),
        ("slack", "{actions: [{type: a, text: b}]}", "missing name or url in Slack action configuration"),
        ("mattermost", "{fields: [{}]}", "missing title in Mattermost field configuration"),
        ("webhook", "[]", "yaml: unmarshal errors:\n  line 4: cannot unmarshal !!seq into config.plain"),
        ("webhook", "null", "an entry of this list is empty"),
    ])
    func receivers(kind: String, settings: String, message: String) throws {
        let found = try #require(
            fault("route: {receiver: a}\nreceivers:\n- name: a\n  \(kind)_configs: [\(settings)]\n"))
        #expect(found.message == message)
        #expect(found.line == 4)
    }

    @Test(arguments: [
        (
            "{bearer_token: a, bearer_token_file: b}",
            "at most one of bearer_token & bearer_token_file must be configured"
        ),
        (
            "{basic_auth: {username: a}, bearer_token: b}",
            "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured"
        ),
        (
            "{basic_auth: {password: a, password_file: b}}",
            "at most one of basic_auth password, password_file & password_ref must be configured"
        ),
        (
            "{authorization: {credentials: a}, bearer_token: b}",
            "authorization is not compatible with bearer_token & bearer_token_file"
        ),
        ("{authorization: {type: Basic}}", "authorization type cannot be set to \"basic\", use \"basic_auth\" instead"),
        (
            "{authorization: {}, basic_auth: {}}",
            "at most one of basic_auth, oauth2 & authorization must be configured"
        ),
        ("{oauth2: {}}", "oauth2 client_id must be configured"),
        ("{oauth2: {client_id: a}}", "oauth2 token_url must be configured"),
        (
            "{proxy_connect_header: {a: [b]}}",
            "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured"
        ),
        ("{no_proxy: a}", "if no_proxy is configured, proxy_url must also be configured"),
        ("{http_headers: {host: {values: [a]}}}", #"setting header "Host" is not allowed"#),
        ("{http_headers: {x-amz-DATE: {secrets: [a]}}}", #"setting header "X-Amz-Date" is not allowed"#),
        (
            "{oauth2: {client_id: a, token_url: 'http://t', client_secret: s, client_secret_file: f}}",
            "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured "
                + "using grant-type=client_credentials"
        ),
        (
            "{oauth2: {client_id: a, token_url: 'http://t', no_proxy: a}}",
            "if no_proxy is configured, proxy_url must also be configured"
        ),
        (
            "{oauth2: {client_id: a, token_url: 'http://t', signature_algorithm: ES256, "
                + "grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'}}",
            "valid signature algorithms are RS256, RS384 and RS512"
        ),
        (
            "{proxy_from_environment: true, proxy_url: 'http://p'}",
            "if proxy_from_environment is configured, proxy_url must not be configured"
        ),
        (
            "{tls_config: {cert_file: a}}",
            "exactly one of key or key_file must be configured when a client certificate is configured"
        ),
        ("{tls_config: {min_version: TLS14}}", "unknown TLS version: TLS14"),
        ("{follow: true}", "yaml: unmarshal errors:\n  line 1: field follow not found in type config.plain"),
    ])
    func http(settings: String, message: String) {
        let found = fault("global: {http_config: \(settings)}\nroute: {receiver: a}" + AlertmanagerErrorsTests.tail)
        #expect(found?.message == message)
    }

    @Test func placeIsTold() throws {
        let error = #expect(throws: AlertmanagerFileError.self) {
            try AlertmanagerFile.parse("route:\n  receiver: b\n" + AlertmanagerErrorsTests.tail, path: "dir/am.yml")
        }
        #expect(
            error?.description
                == "dir/am.yml:2:13: error: undefined receiver \"b\" used in route [alertmanager_file_invalid]")
    }

    @Test func missingFileIsTold() {
        let error = #expect(throws: AlertmanagerFileError.self) { try AlertmanagerFile.load(path: "/nowhere/am.yml") }
        #expect(error?.location.file == "/nowhere/am.yml")
    }
}

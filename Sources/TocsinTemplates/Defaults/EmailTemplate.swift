// The style and the markup are derived from https://github.com/mailgun/transactional-email-templates:
//
// The MIT License (MIT). Copyright (c) 2014 Mailgun
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
// documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
// rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
// persons to whom the Software is furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
// Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
// WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
// COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
// OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

/// The default email, which renders to the same bytes as Alertmanager's.
///
/// Mail programs know no style sheets worth the name, so every element carries its whole style; here each stands once.
enum EmailTemplate {
    static let text = """
        {{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
        {{ define "email.default.html" }}\(document){{ end }}
        """

    // MARK: - Styles

    private static let font = "font-family: 'Helvetica Neue', Helvetica, Arial, sans-serif; box-sizing: border-box;"
    /// The style of elements that have no other.
    private static let plain = "margin: 0; \(font) font-size: 14px;"

    private static func style(_ rest: String = "", from start: String = plain) -> String {
        #"style="\#(start)\#(rest.isEmpty ? "" : " " + rest)""#
    }

    private static let lineBreak = "<br \(style())>"
    private static let row = "<tr \(style())>"
    private static let block =
        #"<td class="content-block" \#(style("vertical-align: top; padding: 0 0 20px;")) valign="top">"#

    private static func strong(_ text: String) -> String { "<strong \(style())>\(text)</strong>" }

    // MARK: - The document

    private static let document = "\n\n" + head + "\n\n" + bodyStart + content + bodyEnd + "\n\n"

    private static let doctype =
        #"<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "#
        + #""http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">"#

    private static let head = """
        \(doctype)
        <html xmlns="http://www.w3.org/1999/xhtml" \(style())>
        <head>
        <meta name="viewport" content="width=device-width">
        <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
        <title>{{ template "__subject" . }}</title>
        <style>
        @media only screen and (max-width: 640px) {
        \(rules)
        }
        </style>
        </head>
        """

    /// What small screens show otherwise.
    private static let rules = [
        rule("body", ["padding: 0"]),
        rule("h1,\nh2,\nh3,\nh4", ["font-weight: 800", "margin: 20px 0 5px"]),
        rule("h1", ["font-size: 22px"]), rule("h2", ["font-size: 18px"]), rule("h3", ["font-size: 16px"]),
        rule(".container", ["padding: 0", "width: 100%"]),
        rule(".content", ["padding: 0"]), rule(".content-wrap", ["padding: 10px"]), rule(".invoice", ["width: 100%"]),
    ].joined(separator: "\n\n")

    private static func rule(_ selector: String, _ declarations: [String]) -> String {
        "  \(selector) {\n" + declarations.map { "    \($0) !important;\n" }.joined() + "  }"
    }

    private static let bodyStyle = style(
        "-webkit-font-smoothing: antialiased; -webkit-text-size-adjust: none; height: 100%; line-height: 1.6em; "
            + "background-color: #f6f6f6; width: 100%;")
    private static let container = style(
        "font-size: 14px; vertical-align: top; display: block; max-width: 600px; margin: 0 auto; clear: both;",
        from: font)
    private static let main = style("background-color: #fff; border: 1px solid #e9e9e9; border-radius: 3px;")

    private static let bodyStart = """
        <body itemscope itemtype="https://schema.org/EmailMessage" \(bodyStyle)>

        <table class="body-wrap" \(style("background-color: #f6f6f6; width: 100%;")) width="100%" bgcolor="#f6f6f6">
          \(row)
            <td \(style("vertical-align: top;")) valign="top"></td>
            <td class="container" width="600" \(container) valign="top">
              <div class="content" \(style("font-size: 14px; max-width: 600px; margin: 0 auto; display: block; padding: 20px;", from: font))>
                <table class="main" width="100%" cellpadding="0" cellspacing="0" \(main) bgcolor="#fff">
                  \(row)

        """

    private static let content = """
                    {{ if .Alerts.Firing }}
        \(banner("warning", color: "#E6522C", end: ""))
                    {{ else }}
        \(banner("good", color: "#68B90F", end: " "))
                    {{ end }}
                  </tr>
                  \(row)
                    <td class="content-wrap" \(style("vertical-align: top; padding: 30px;")) valign="top">
                      <table width="100%" cellpadding="0" cellspacing="0" \(style())>
                        \(row)
                          \(block)
                            \(button)
                          </td>
                        </tr>
                        {{ if .Alerts.Firing }}
        \(count("Firing"))
                        {{ end }}
                        {{ range .Alerts.Firing }}
        \(alert)
                        {{ end }}

                        {{ if .Alerts.Resolved }}
                          {{ if .Alerts.Firing }}
        \(separator)
                          {{ end }}
        \(count("Resolved"))
                        {{ end }}
                        {{ range .Alerts.Resolved }}
        \(alert)
                        {{ end }}
                      </table>
                    </td>
                  </tr>

        """

    /// The coloured line above, which tells how many alerts there are of which group.
    private static func banner(_ kind: String, color: String, end: String) -> String {
        let look = style(
            "vertical-align: top; font-size: 16px; color: #fff; font-weight: 500; padding: 20px; text-align: center; "
                + "border-radius: 3px 3px 0 0; background-color: \(color);", from: "margin: 0; " + font)
        return """
                        <td class="alert alert-\(kind)" \(look) valign="top" align="center" bgcolor="\(color)">
                          {{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for {{ range .GroupLabels.SortedPairs }}
                            {{ .Name }}={{ .Value }}\(end)
                          {{ end }}
                        </td>
            """
    }

    private static let button: String = {
        let look = style(
            "text-decoration: none; color: #FFF; background-color: #348eda; border: solid #348eda; "
                + "border-width: 10px 20px; line-height: 2em; font-weight: bold; text-align: center; cursor: pointer; "
                + "display: inline-block; border-radius: 5px; text-transform: capitalize;")
        return #"<a href="{{ template "__alertmanagerURL" . }}" class="btn-primary" \#(look)>"#
            + #"View in {{ template "__alertmanager" . }}</a>"#
    }()

    private static func count(_ state: String) -> String {
        """
                        \(row)
                          \(block)
                            \(strong("[{{ len .Alerts.\(state) }}] \(state)"))
                          </td>
                        </tr>
        """
    }

    private static let separator = """
                        \(row)
                          \(block)
                            \(lineBreak)
                            <hr \(style())>
                            \(lineBreak)
                          </td>
                        </tr>
        """

    private static let alert: String = {
        func pairs(_ member: String) -> String {
            "{{ range .\(member).SortedPairs }}{{ .Name }} = {{ .Value }}\(lineBreak){{ end }}"
        }
        let source =
            #"<a href="{{ .GeneratorURL }}" \#(style("color: #348eda; text-decoration: underline;"))>Source</a>"#
        return """
                            \(row)
                              \(block)
                                \(strong("Labels"))\(lineBreak)
                                \(pairs("Labels"))
                                {{ if .Annotations }}\(strong("Annotations"))\(lineBreak){{ end }}
                                \(pairs("Annotations"))
                                \(source)\(lineBreak)
                              </td>
                            </tr>
            """
    }()

    private static let footer = style(
        "vertical-align: top; padding: 0 0 20px; text-align: center; color: #999; font-size: 12px;",
        from: "margin: 0; " + font)
    private static let footerLink = style(
        "text-decoration: underline; color: #999; font-size: 12px;", from: "margin: 0; " + font)

    private static let bodyEnd = """
                </table>

                <div class="footer" \(style("width: 100%; clear: both; color: #999; padding: 20px;"))>
                  <table width="100%" \(style())>
                    \(row)
                      <td class="aligncenter content-block" \(footer) valign="top" align="center">\
        <a href="{{ .ExternalURL }}" \(footerLink)>Sent by {{ template "__alertmanager" . }}</a></td>
                    </tr>
                  </table>
                </div></div>
            </td>
            <td \(style("vertical-align: top;")) valign="top"></td>
          </tr>
        </table>

        </body>
        </html>
        """
}

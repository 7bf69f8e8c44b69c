/** How to read every application of a program, page by page, in the languages that agencies use. */
import { curlCommand } from "../parts/code-block.tsx";

/** A program to copy; `KEY_ID:SECRET` stands for the credentials. */
interface CallSample {
  readonly id: string;
  readonly language: string;
  readonly code: string;
}

/** The samples for the address of a list, which has a query. None needs more than the language brings along. */
export function callSamples(url: string): readonly CallSample[] {
  return [
    { id: "sample-curl", language: "curl", code: curlCommand(url) },
    { id: "sample-python", language: "Python", code: python(url) },
    { id: "sample-javascript", language: "JavaScript", code: javaScript(url) },
    { id: "sample-powershell", language: "PowerShell", code: powerShell(url) },
  ];
}

const python = (url: string) => `import base64, json, urllib.parse, urllib.request

url = ${JSON.stringify(url)}
token = base64.b64encode(b"KEY_ID:SECRET").decode()
page = ""
while page is not None:
    request = urllib.request.Request(url + page, headers={"Authorization": "Basic " + token})
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    for application in answer["payload"]:
        print(application["application_id"])
    following = answer.get("nextPageToken")
    page = "&nextPageToken=" + urllib.parse.quote(following) if following else None`;

const javaScript = (url: string) => `const url = new URL(${JSON.stringify(url)});
const headers = { Authorization: "Basic " + btoa("KEY_ID:SECRET") };
let following;
do {
  if (following) url.searchParams.set("nextPageToken", following);
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error("The API answered " + response.status);
  const { payload, nextPageToken } = await response.json();
  for (const application of payload) console.log(application.application_id);
  following = nextPageToken;
} while (following);`;

const powerShell = (url: string) => `$url = '${url.replaceAll("'", "''")}'
$token = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes('KEY_ID:SECRET'))
$headers = @{ Authorization = "Basic $token" }
$page = ''
do {
    $answer = Invoke-RestMethod -Uri ($url + $page) -Headers $headers
    $answer.payload | ForEach-Object { $_.application_id }
    $page = '&nextPageToken=' + [uri]::EscapeDataString([string]$answer.nextPageToken)
} while ($answer.nextPageToken)`;

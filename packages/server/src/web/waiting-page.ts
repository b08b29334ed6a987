/** What stands in the page's place until it is built; while that goes on it looks again by itself. */
export function waitingPage(building: boolean, nonce: string): string {
  const [title, text] = building
    ? ["The dashboard is being built", "This takes some seconds after an update. The page opens by itself."]
    : ["The dashboard is not built", "Run <code>npm run build</code> where Reelay is, and open this page again."];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${building ? '<meta http-equiv="refresh" content="2">' : ""}
<title>Reelay</title>
<style nonce="${nonce}">
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 2rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
p { margin: 0; opacity: .8; }
</style>
</head>
<body><main><h1>${title}</h1><p>${text}</p></main></body>
</html>
`;
}

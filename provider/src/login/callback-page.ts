import type { ServerResponse } from "node:http";

/** Answers a browser with one sentence, and ends the connection. */
export function writePage(response: ServerResponse, status: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    response.writeHead(status, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      Connection: "close",
    });
    response.on("close", resolve);
    response.end(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>pulumi-superset</title>
<body style="font: 1.2em sans-serif; margin: 4em auto; max-width: 30em"><p>${escapeHtml(text)}</p></body></html>
`);
  });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

// Put, read, change and withdraw an article by openapi-fetch with the types that openapi-typescript generates.
// `node with_openapi_fetch.mjs URL ID ARTICLE`; prints what the test compares, in JSON.
import createClient from "openapi-fetch";
import type { components, paths } from "./description.js";

const [baseUrl, id, sent] = process.argv.slice(2);
const body: components["schemas"]["Article"] = JSON.parse(sent);
const params = { path: { id } };
const client = createClient<paths>({ baseUrl });

const put = await client.PUT("/api/articles/{id}", {
  params: { path: { id }, header: { "If-None-Match": "*" } },
  body,
});
const tag = put.response.headers.get("ETag")!;
const again = await client.PUT("/api/articles/{id}", { params: { path: { id }, header: { "If-Match": tag } }, body });
const read = await client.GET("/api/articles/{id}", { params });
const corrected = await client.PUT("/api/articles/{id}", {
  params: { path: { id }, header: { "If-Match": tag } },
  body: { ...read.data!, headline: `${read.data?.headline} again` },
});
const refused = await client.PUT("/api/articles/{id}", { params, body: { ...body, edition: "xx" } });
const withdrawn = await client.DELETE("/api/articles/{id}", { params });
const gone = await client.GET("/api/articles/{id}", { params });

// The types know which fields there are, and which paths.
// @ts-expect-error
read.data?.heading;
// @ts-expect-error
if (!id) await client.GET("/api/article/{id}", { params });

if (!(refused.error && "errors" in refused.error && gone.error && "type" in gone.error)) throw new Error("no problem");
console.log(
  JSON.stringify({
    status: put.response.status,
    outcomes: [put.data?.outcome, again.data?.outcome, corrected.data?.outcome, withdrawn.data?.outcome],
    headlines: [read.data?.headline, corrected.data?.headline],
    text: read.data?.body.text,
    refused: refused.error.errors[0].code,
    gone: gone.error.type,
  }),
);

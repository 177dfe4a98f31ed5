// Builds assets/ into static/: named by content, precompressed, listed in manifest.json.
//   node frontend/build.mjs           build
//   node frontend/build.mjs --check   build in memory and compare with what is committed; 1 if it differs

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

const HERE = dirname(fileURLToPath(import.meta.url));
const ASSETS = join(HERE, "assets");
const STATIC = join(HERE, "static");

function run(...command) {
  const { status } = spawnSync(process.execPath, command, { cwd: HERE, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function install() {
  const npm = join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  if (!existsSync(npm)) {
    console.error(`The build tools are not installed: run "npm ci" in ${HERE}.`);
    process.exit(2);
  }
  run(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts");
}

async function build() {
  const sass = await import("sass");
  const esbuild = await import("esbuild");
  run(join(HERE, "node_modules", "typescript", "bin", "tsc"), "--project", join(HERE, "tsconfig.json"));

  const { css } = sass.compile(join(ASSETS, "site.scss"), {
    loadPaths: [ASSETS, join(HERE, "node_modules", "govuk-frontend", "dist")],
    quietDeps: true,
  });
  const minified = await esbuild.transform(css, { loader: "css", minify: true, target: "safari14", legalComments: "none" });
  const scripts = await esbuild.build({
    entryPoints: ["site.ts", "progress.ts"].map((name) => join(ASSETS, name)),
    outdir: STATIC,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    write: false,
  });
  return new Map([
    ["favicon.svg", readFileSync(join(ASSETS, "favicon.svg"))],
    ["site.css", Buffer.from(minified.code)],
    ...scripts.outputFiles.map((file) => [file.path.split("/").at(-1), Buffer.from(file.contents)]),
  ]);
}

const hashed = (name, content) =>
  name.replace(/\.(?=\w+$)/, `.${createHash("sha256").update(content).digest("hex").slice(0, 10)}.`);

function lay(assets) {
  const manifest = Object.fromEntries([...assets].sort().map(([name, content]) => [name, hashed(name, content)]));
  const files = new Map([["manifest.json", Buffer.from(JSON.stringify(manifest, null, 2) + "\n")]]);
  for (const [name, content] of assets) {
    const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
    files.set(manifest[name], content);
    files.set(`${manifest[name]}.br`, brotliCompressSync(content, best));
    files.set(`${manifest[name]}.gz`, gzipSync(content, { level: 9 }));
  }
  return files;
}

// Compressed files are compared by what they hold: another zlib may press the same content differently.
function plain(name, bytes) {
  if (name.endsWith(".br")) return brotliDecompressSync(bytes);
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

function differences(files) {
  const committed = existsSync(STATIC) ? readdirSync(STATIC) : [];
  const left = committed.filter((name) => !files.has(name)).map((name) => `${name}: not built any more`);
  const changed = [...files].flatMap(([name, bytes]) => {
    if (!committed.includes(name)) return [`${name}: missing`];
    return plain(name, readFileSync(join(STATIC, name))).equals(plain(name, bytes)) ? [] : [`${name}: differs`];
  });
  return [...left, ...changed];
}

function write(files) {
  mkdirSync(STATIC, { recursive: true });
  for (const name of readdirSync(STATIC)) if (!files.has(name)) rmSync(join(STATIC, name));
  for (const [name, bytes] of files) {
    writeFileSync(join(STATIC, name), bytes);
    console.log(`${String(bytes.length).padStart(7)}  ${name}`);
  }
}

if (!existsSync(join(HERE, "node_modules", "sass"))) install();
const files = lay(await build());
if (process.argv.includes("--check")) {
  const found = differences(files);
  for (const line of found) console.error(`frontend/static/${line}`);
  if (found.length) console.error('Run "make assets" and commit the result.');
  process.exitCode = found.length ? 1 : 0;
} else {
  write(files);
}

#!/usr/bin/env node
// The `isonet` command: finds Node 24 and runs src/main.ts under it, with the flags that isolates
// need.
// Runs on Node 20 and later, plain JavaScript, node:* only. Started by people, npm and service
// managers.
// Invariant: the host is this process wherever that is possible; else signals and exit code pass
// through.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const major = "24";
const snapshotFlag = "--no-node-snapshot";
const flags = [snapshotFlag, "--disable-warning=ExperimentalWarning"];
const mainFile = fileURLToPath(new URL("../src/main.ts", import.meta.url));
// Compiled code of our own files: a start takes half the time. Not in the shared temporary
// directory.
const cacheFolder = fileURLToPath(new URL("../build/compile-cache", import.meta.url));
const forwardedSignals = ["SIGINT", "SIGTERM", "SIGHUP"];

const isRightNode = process.versions.node.startsWith(`${major}.`);

if (isRightNode && process.execArgv.includes(snapshotFlag)) {
  module.enableCompileCache(cacheFolder);
  await import(pathToFileURL(mainFile).href);
} else if (isRightNode) {
  run(process.execPath, [...process.execArgv, ...flags, mainFile, ...process.argv.slice(2)]);
} else {
  run(findNode(), [...flags, mainFile, ...process.argv.slice(2)]);
}

/** Node 24 out of the npm package `node`; ends the process with a sentence when it is not there. */
function findNode() {
  const found = `isonet runs on Node ${major} and this is Node ${process.versions.node}`;
  let packageFile;
  try {
    packageFile = createRequire(import.meta.url).resolve("node/package.json");
  } catch {
    return refuse(`${found}: install Node ${major}, or run npm ci, which brings it`);
  }
  const { version } = JSON.parse(readFileSync(packageFile, "utf8"));
  if (!version.startsWith(`${major}.`)) {
    return refuse(
      `${found}, with Node ${version} in node_modules: install Node ${major}, or run npm ci`,
    );
  }
  const program = process.platform === "win32" ? "node.exe" : "node";
  const binary = path.join(path.dirname(packageFile), "bin", program);
  if (existsSync(binary)) return binary;
  return refuse(
    `${found}: the npm package "node" is installed without its binary; ` +
      `run npm rebuild node with install scripts allowed, or install Node ${major}`,
  );
}

function refuse(sentence) {
  process.stderr.write(`isonet: ${sentence}\n`);
  process.exit(2);
}

function run(node, parameters) {
  const env = { NODE_COMPILE_CACHE: cacheFolder, ...process.env };
  if (typeof process.execve === "function" && process.platform !== "win32") {
    process.emitWarning = () => {}; // execve is called experimental on every start
    process.execve(node, [node, ...parameters], env);
  }
  const child = spawn(node, parameters, { stdio: "inherit", env });
  for (const signal of forwardedSignals) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => refuse(`${node} cannot be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of forwardedSignals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import {
  appSettings,
  lmStudioPlace,
  ollamaAddress,
  ollamaPlace,
} from "../../../../core/library/apps/app_places.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";

Deno.test("lmStudioPlace() follows the pointer, the settings, and older homes", async () => {
  await using dir = await makeTempDir();
  const apps = appSettings({}, dir.path);
  assert.deepEqual(await lmStudioPlace(apps), { directory: dir.join(".lmstudio", "models"), known: false });
  await mkdir(dir.join(".cache", "lm-studio", "models"), { recursive: true });
  assert.equal((await lmStudioPlace(apps)).directory, dir.join(".cache", "lm-studio", "models"));
  await mkdir(dir.join(".lmstudio"));
  assert.equal(
    (await lmStudioPlace(apps)).directory,
    dir.join(".cache", "lm-studio", "models"),
    "the new home is empty",
  );
  await mkdir(dir.join(".lmstudio", "models"));
  assert.deepEqual(await lmStudioPlace(apps), { directory: dir.join(".lmstudio", "models"), known: true });
  await writeFile(
    dir.join(".lmstudio", "settings.json"),
    JSON.stringify({ downloadsFolder: dir.join("chosen") }),
  );
  assert.equal((await lmStudioPlace(apps)).directory, dir.join("chosen"));
  await writeFile(dir.join(".lmstudio", "settings.json"), "{ broken");
  assert.equal((await lmStudioPlace(apps)).directory, dir.join(".lmstudio", "models"));
  await mkdir(dir.join("elsewhere", "models"), { recursive: true });
  await writeFile(dir.join(".lmstudio-home-pointer"), `${dir.join("elsewhere")}\n`);
  assert.equal((await lmStudioPlace(apps)).directory, dir.join("elsewhere", "models"));
});

Deno.test("ollamaPlace() is OLLAMA_MODELS, else the folder in the home", async () => {
  await using dir = await makeTempDir();
  const chosen = appSettings({ OLLAMA_MODELS: dir.join("m") }, dir.path);
  assert.deepEqual(await ollamaPlace(chosen), { directory: dir.join("m"), known: true });
  await mkdir(dir.join(".ollama", "models"), { recursive: true });
  const usual = appSettings({ OLLAMA_MODELS: " " }, dir.path);
  assert.deepEqual(await ollamaPlace(usual), { directory: dir.join(".ollama", "models"), known: true });
});

Deno.test("ollamaAddress() reads OLLAMA_HOST as Ollama does", () => {
  const cases: readonly [string | undefined, string][] = [
    [undefined, "http://127.0.0.1:11434"],
    ["0.0.0.0", "http://127.0.0.1:11434"],
    ["127.0.0.1:8000", "http://127.0.0.1:8000"],
    [":9000", "http://127.0.0.1:9000"],
    ["http://box", "http://box:80"],
    ["https://box.example/x", "https://box.example:443"],
    ["[::1]:11435", "http://[::1]:11435"],
  ];
  for (const [value, address] of cases) {
    assert.equal(ollamaAddress(appSettings({ OLLAMA_HOST: value }, "/home/ada")), address, value);
  }
});

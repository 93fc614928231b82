/**
 * The application for who looks for what is wrong: made even where the settings or the home folder cannot be used.
 *
 * @module
 */
import { toErrorData } from "../core/base/errors.ts";
import type { ResolvedSettings } from "../core/config/mod.ts";
import type { DoctorRequest, ModelManager } from "../core/operations/model_manager.ts";
import type { Directories } from "../core/platform/dirs.ts";
import type { Session } from "./session.ts";

/** An application, and what it was not made from. */
export interface DoctorSetup {
  readonly manager: ModelManager;
  readonly request: Pick<DoctorRequest, "configuration" | "homeProblem">;
}

/** Makes the application from what can be used. */
export async function setUpDoctor(session: Session): Promise<DoctorSetup> {
  let directories: Directories;
  try {
    directories = await session.directories();
  } catch (error) {
    const { workingDirectory: home } = session;
    // Nothing is looked for there: the doctor is told that there is no home.
    directories = { home, config: home, state: home, cache: home, logs: home, modelsDefault: home };
    const found = await withoutFiles(session, home);
    const manager = await session.appWith({ ...found, directories });
    return { manager, request: { homeProblem: toErrorData(error) } };
  }
  try {
    const { files, settings, origins } = await session.settings();
    return {
      manager: await session.appWith({ settings, origins, directories }),
      request: { configuration: files },
    };
  } catch (error) {
    const found = await withoutFiles(session, directories.home);
    return {
      manager: await session.appWith({ ...found, directories }),
      request: { configuration: { problem: toErrorData(error) } },
    };
  }
}

/** The settings of options and variables, else the options', else the defaults. */
async function withoutFiles(session: Session, home: string): Promise<ResolvedSettings> {
  const { settingsWithoutFiles } = await session.configuration();
  const { workingDirectory, environment, globals: { modelsDir, endpoint } } = session;
  const options = [
    ...(modelsDir === undefined
      ? []
      : [{ setting: "models_dir", name: "--models-dir", text: modelsDir } as const]),
    ...(endpoint === undefined ? [] : [{ setting: "endpoint", name: "--endpoint", text: endpoint } as const]),
  ];
  const place = { home, workingDirectory };
  for (const attempt of [{ ...place, environment, options }, { ...place, environment: {}, options }]) {
    try {
      return settingsWithoutFiles(attempt);
    } catch {
      // What is wrong with it is said by the check of the settings.
    }
  }
  return settingsWithoutFiles({ ...place, environment: {}, options: [] });
}

// API documentation of every published package: a page for each entry of its exports, named as it is imported.
import { readdirSync, readFileSync } from 'node:fs';

const folders = ['packages', 'apps'].flatMap((group) => readdirSync(group).map((name) => `${group}/${name}`));
const manifests = folders
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) }))
  .filter(({ manifest }) => manifest.private !== true);

/** Source files by the name that users import. */
const sources = new Map(
  manifests.flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, conditions]) => conditions['@fourmica/source'] !== undefined)
      .map(([subpath, conditions]) => [
        `${manifest.name}${subpath.slice(1)}`,
        `${folder}/${conditions['@fourmica/source'].slice(2)}`,
      ]),
  ),
);
const nameOf = new Map([...sources].map(([name, file]) => [file.replace(/(?:\/index)?\.ts$/, ''), name]));

/** TypeDoc names a module after its file. */
const nameModules = (app) => {
  app.converter.on('resolveBegin', ({ project }) => {
    for (const module of project.children ?? []) module.name = nameOf.get(module.name) ?? module.name;
  });
};

/** TypeDoc looks for types that are not exported in one package only: the one that the project is named after. */
const checkEveryPackage = (app) => {
  let isRepeated = false;
  app.on('validateProject', (project) => {
    if (isRepeated) return;
    isRepeated = true;
    const { packageName } = project;
    for (const { manifest } of manifests) {
      project.packageName = manifest.name;
      app.validate(project);
    }
    project.packageName = packageName;
  });
};

export default {
  name: 'fourmica',
  out: 'docs/api',
  entryPoints: [...sources.values()],
  tsconfig: 'tsconfig.json',
  plugin: [nameModules, checkEveryPackage],
  packagesRequiringDocumentation: manifests.map(({ manifest }) => manifest.name),
  requiredToBeDocumented: ['Class', 'Interface'],
  validation: {
    notDocumented: true,
    notExported: true,
    invalidLink: true,
    invalidPath: true,
    rewrittenLink: true,
  },
  treatWarningsAsErrors: true,
  excludePrivate: true,
  excludeInternal: true,
  disableGit: true,
  disableSources: true,
};

export { accessManagerArtifact, core4MicaArtifact } from './artifacts.js';

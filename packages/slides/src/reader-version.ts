/** Reader and version as recorded in every artifact; the version is the package's, which a test holds it to. */
export const READER = Object.freeze({ name: 'slidestream-tiff', version: '0.1.0' });

"""Static files under names that carry their hash, so that a browser may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Also rewrites the relative imports inside our JavaScript modules."""

    support_js_module_import_aggregation = True
    #: A pass settles the names of one layer of imports: our deepest chain has some ten.
    max_post_process_passes = 20

"""The fixtures of tests/integration/conftest.py, for fault tests."""

import importlib.util
import os
import sys

sys.dont_write_bytecode = True
_folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration")
sys.path.insert(0, _folder)
_spec = importlib.util.spec_from_file_location("liaison_fixtures", os.path.join(_folder, "conftest.py"))
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)
globals().update({name: value for name, value in vars(_fixtures).items() if not name.startswith("_")})

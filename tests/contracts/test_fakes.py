"""The fakes keep the contracts of what they stand for."""

import pytest

from tests.contracts.small_contract import BucketContract, SecretsContract, SettingsContract
from tests.contracts.states_contract import StatesContract
from tests.contracts.store_contract import StoreContract
from tests.fakes import MemoryBucket, MemorySecrets, MemorySettings, MemoryStates, MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self):
        return MemoryStore()


class TestMemoryStates(StatesContract):
    @pytest.fixture
    def states(self):
        return MemoryStates()


class TestMemoryBucket(BucketContract):
    @pytest.fixture
    def bucket(self):
        return MemoryBucket()


class TestMemorySecrets(SecretsContract):
    @pytest.fixture
    def secrets(self):
        return MemorySecrets()


class TestMemorySettings(SettingsContract):
    @pytest.fixture
    def settings_store(self):
        return MemorySettings()

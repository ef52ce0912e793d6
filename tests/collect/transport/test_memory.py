from collector.collect.transport import session, signing
from collector.collect.transport.memory import forget


def test_models_and_keys_are_let_go_and_are_there_again_when_asked_for():
    session.operation_model("kms", "ListKeys")
    derived = signing.derived(b"secret", "20261125")
    remembered = (session.operation_model, session.service_model, session.models, signing.derived)
    assert all(each.cache_info().currsize for each in remembered)
    forget()
    assert not any(each.cache_info().currsize for each in remembered)
    assert session.operation_model("kms", "ListKeys").output_shape.name == "ListKeysResponse"
    assert signing.derived(b"secret", "20261125") == derived
